// Who acts and when it is due, for the panel: entries by element, and the days counted one by one.
export { Counted, peopleEntries } from './candidates.jsx';
