// Which papers come of a step, and the way to the file that a field names.
import { t } from '../i18n.js';
import { useServices } from './fields.jsx';
import { read } from './settings.js';

function Papers({ element, id }) {
  const { given, settings } = useServices();
  const chosen = read(element, 'documents').split(',').map((one) => one.trim()).filter(Boolean);
  const all = [...new Set([...given.documents, ...chosen])];
  const change = (name) => ({ target }) => settings.write(element, { documents: all.filter((one) => (one === name ? target.checked : chosen.includes(one))).join(',') });
  return <details class="bio-properties-panel-entry ticks" data-entry-id={id} open={chosen.length > 0}><summary>{t('Papers that come of it ({count})', { count: chosen.length })}</summary>
    {all.map((name) => <label key={name}><input type="checkbox" checked={chosen.includes(name)} disabled={!given.mine} onChange={change(name)} /> {name}.docx</label>)}
  </details>;
}

export const documents = (given) => (given.documents.length ? [{ id: 'documents', component: Papers, isEdited: () => false }] : []);

function Opener({ element, find, id }) {
  const { given } = useServices();
  const found = find(given, element);
  if (!found?.edit) return null;
  return <div class="bio-properties-panel-entry opener" data-entry-id={id}><a href={found.edit}>{t('Open it in its editor')}</a></div>;
}

export const openers = (id, find) => ({ id, find, component: Opener, isEdited: () => false });
