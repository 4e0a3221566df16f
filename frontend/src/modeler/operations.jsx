// The operation of an automatic step: chosen from what there is, with the parameters that it takes.
import { SelectEntry, isSelectEntryEdited } from '@bpmn-io/properties-panel';
import { said, t } from '../i18n.js';
import { Verdict } from './expressions.jsx';
import { useAsked, useServices } from './fields.jsx';
import { operation } from './settings.js';

function Operation({ element, id, label }) {
  const { given, settings } = useServices();
  const now = operation(element);
  const found = given.operations.find((one) => one.name === now.name);
  const options = () => {
    const groups = new Map([['', []]]);
    for (const one of given.operations) {
      const group = said(one.process);
      groups.set(group, [...(groups.get(group) || []), { value: one.name, label: said(one) ? `${said(one)}（${one.name}）` : one.name }]);
    }
    const unknown = now.name && !found ? [{ value: now.name, label: now.name }] : [];
    const grouped = [...groups].filter(([, inner]) => inner.length).map(([name, children]) => ({ label: name || t('Others'), children }));
    return [{ value: '', label: t('Please choose') }, ...unknown, ...grouped];
  };
  const choose = (name) => {
    const taken = given.operations.find((one) => one.name === name)?.parameters || [];
    settings.writeOperation(element, { name, parameters: now.parameters.filter((one) => taken.some((other) => other.id === one.id)) });
  };
  return <SelectEntry id={id} element={element} label={t(label)} getOptions={options} getValue={() => now.name} setValue={choose} disabled={!given.mine} />;
}

// What it takes, and what the file gives beside that: the latter can be taken out.
function Parameters({ element, id }) {
  const { given } = useServices();
  const now = operation(element);
  const taken = given.operations.find((one) => one.name === now.name)?.parameters || [];
  const strange = now.parameters.filter((one) => !taken.some((other) => other.id === one.id)).map((one) => ({ ...one, zh: one.id, en: one.id, strange: true }));
  if (!taken.length && !strange.length) return null;
  return <div class="bio-properties-panel-entry" data-entry-id={id}>
    {[...taken, ...strange].map((one) => <Parameter key={one.id} element={element} taken={one} now={now} />)}
  </div>;
}

function Parameter({ element, taken, now }) {
  const { given, settings } = useServices();
  const value = now.parameters.find((one) => one.id === taken.id)?.value || '';
  const answer = useAsked(given.urls.expression, { text: value, type: taken.type }, Boolean(value));
  const write = (text) => {
    const others = now.parameters.filter((one) => one.id !== taken.id);
    settings.writeOperation(element, { name: now.name, parameters: text ? [...others, { id: taken.id, type: taken.type || 'any', value: text }] : others });
  };
  return <div class="parameter"><label>{said(taken)}
    {taken.type === 'boolean'
      ? <select class="bio-properties-panel-input" value={value} disabled={!given.mine} onChange={({ target }) => write(target.value)}><option value="">{t('As usual')}</option><option value="true">{t('Yes')}</option><option value="false">{t('No')}</option></select>
      : <input class="bio-properties-panel-input mono" value={value} disabled={!given.mine} placeholder={taken.needed ? '' : t('As usual')} onChange={({ target }) => write(target.value.trim())} />}
  </label>
    {taken.strange && <div class="said said-warn">{t('The operation does not take this parameter.')} <button type="button" class="plain" onClick={() => write('')}>{t('Remove')}</button></div>}
    {answer && !answer.ok && <Verdict answer={answer} known={new Set()} />}</div>;
}

export const operations = () => [
  { id: 'operation', label: 'Operation', component: Operation, isEdited: isSelectEntryEdited },
  { id: 'parameters', component: Parameters, isEdited: () => false },
];
