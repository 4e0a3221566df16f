// The fields of the panel: each reads the model and changes it by one command.
import {
  CheckboxEntry, SelectEntry, TextAreaEntry, TextFieldEntry,
  isCheckboxEntryEdited, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { useService } from 'bpmn-js-properties-panel';
import { t } from '../i18n.js';
import { post } from './server.js';
import { read } from './settings.js';

const common = ({ id, element, label, help, get, set, disabled }, services) => ({
  id, element, label: t(label), description: typeof help === 'string' ? t(help) : help, debounce: services.debounce,
  disabled: !services.given.mine || disabled, getValue: () => get(element),
  setValue: (value, fault) => fault || set(element, value ?? '', services),
});

export function useServices() {
  return {
    settings: useService('settings'), modeling: useService('modeling', false), debounce: useService('debounceInput'),
    factory: useService('bpmnFactory', false), given: useService('config.given'), registry: useService('elementRegistry'),
  };
}

function Line(entry) {
  return <TextFieldEntry {...common(entry, useServices())} validate={entry.validate} />;
}
function Lines(entry) {
  return <TextAreaEntry {...common(entry, useServices())} rows={entry.rows || 2} autoResize monospace={entry.monospace} />;
}
function Choice(entry) {
  const services = useServices();
  const chosen = entry.get(entry.element);
  const options = () => {
    const list = entry.options(services.given, entry.element);
    const known = list.some((one) => (one.children || [one]).some((inner) => inner.value === chosen));
    return known || !chosen ? list : [...list, { value: chosen, label: chosen }]; // what the file says stays to be seen
  };
  return <SelectEntry {...common(entry, services)} getOptions={options} />;
}
function Tick(entry) {
  return <CheckboxEntry {...common(entry, useServices())} />;
}

export const line = (id, label, more) => ({ id, label, component: Line, isEdited: isTextFieldEntryEdited, ...more });
export const lines = (id, label, more) => ({ id, label, component: Lines, isEdited: isTextAreaEntryEdited, ...more });
export const choice = (id, label, more) => ({ id, label, component: Choice, isEdited: isSelectEntryEdited, ...more });
export const tick = (id, label, more) => ({ id, label, component: Tick, isEdited: isCheckboxEntryEdited, ...more });

// A setting by its name: where it is read and how it is written.
export const setting = (name, more = {}) => ({
  get: (element) => read(element, name), set: (element, value, { settings }) => settings.write(element, { [name]: value }), ...more,
});
export const flag = (name, value) => ({
  get: (element) => read(element, name) === value, set: (element, ticked, { settings }) => settings.write(element, { [name]: ticked ? value : '' }),
});

// What the server says of a text, asked when it changes and a moment has passed.
export function useAsked(url, body, wanted) {
  const [answer, setAnswer] = useState(null);
  const key = wanted && url ? JSON.stringify(body) : '';
  useEffect(() => {
    if (!key) return setAnswer(null);
    let late = false;
    const timer = setTimeout(async () => {
      const found = await post(url, JSON.parse(key));
      if (!late) setAnswer(found.status === 200 ? found : null);
    }, 250);
    return () => { late = true; clearTimeout(timer); };
  }, [url, key]);
  return answer;
}
