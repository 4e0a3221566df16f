// The simulation has no words of its own to give: what it writes is put into the page's language.
import { chinese, known } from '../i18n.js';

const OWN = '[class*="bts-"]';

function reword(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = node.data.trim();
    const said = text && node.parentElement?.closest(OWN) && known(text);
    if (said) node.data = node.data.replace(text, said);
  } else if (node.nodeType === Node.ELEMENT_NODE) {
    const said = node.title && node.closest(OWN) && known(node.title);
    if (said) node.title = said; // and only then: each change is seen again
    node.childNodes.forEach(reword);
  }
}

export function translateSimulation(root) {
  if (!chinese) return;
  reword(root);
  const seen = (changes) => changes.forEach((one) => (one.type === 'childList' ? one.addedNodes.forEach(reword) : reword(one.target)));
  new MutationObserver(seen).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['title'] });
}
