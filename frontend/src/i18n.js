// The words of the editors: English text is the key, a dictionary gives the Chinese for it.
// An entry learns the dictionaries it needs; what no dictionary has is kept in `missing`.
import common from './words/zh.json';

export const chinese = document.documentElement.lang.startsWith('zh');
export const missing = new Set();
const words = { ...common };

export function learn(...dictionaries) {
  Object.assign(words, ...dictionaries);
}

// The text in the page's language; {name} in it is replaced.
export function t(text, replacements = {}) {
  let said = text;
  if (chinese) {
    if (Object.hasOwn(words, text)) said = words[text];
    else missing.add(text);
  }
  return said.replace(/{([^}]+)}/g, (whole, key) => (key in replacements ? replacements[key] : whole));
}

export function known(text) {
  return chinese && Object.hasOwn(words, text) ? words[text] : undefined;
}

// What the server sends in both languages.
export const said = (both) => (chinese ? both.zh : both.en) || both.zh || '';

// bpmn-js and dmn-js ask for their words under this name.
export const translateModule = { translate: ['value', t] };
