// Who does a step, which papers come of it, and the way to the file that a field names.
import { TextAreaEntry, isTextAreaEntryEdited } from '@bpmn-io/properties-panel';
import { t } from '../i18n.js';
import { useAsked, useServices } from './fields.jsx';
import { read } from './settings.js';

function Who({ element, id, label }) {
  const { given, settings, debounce } = useServices();
  const text = read(element, 'who');
  const answer = useAsked(given.urls.who, { text }, Boolean(text));
  const verdict = answer && <div class={`said said-${answer.ok ? 'good' : 'fault'}`} role="status">{answer.told}</div>;
  return <TextAreaEntry id={id} element={element} label={t(label)} debounce={debounce} description={verdict} rows={2} autoResize monospace disabled={!given.mine}
    getValue={() => text} setValue={(value) => settings.write(element, { who: (value || '').trim() })} />;
}

export const who = (id, label) => ({ id, label, component: Who, isEdited: isTextAreaEntryEdited });

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
