// The editor of a diagram. Its page has [data-modeler] with the canvas, the panel, the bar and the
// notices; what it is about travels in the script #settings.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-bpmnlint/dist/assets/css/bpmn-js-bpmnlint.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './modeler.css';
import zhBase from 'bpmn-js-i18n/translations/zn.js';
import zhBpmn from 'bpmn-js-i18n-zh/lib/bpmn-js/index.js';
import zhElements from 'bpmn-js-i18n-zh/lib/bpmn-js/elements.js';
import zhPanel from 'bpmn-js-i18n-zh/lib/properties-panel/index.js';
import Modeler from 'bpmn-js/lib/Modeler';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { BpmnPropertiesPanelModule } from 'bpmn-js-properties-panel';
import CommandModule from 'diagram-js/lib/command/index.js';
import LintModule from 'bpmn-js-bpmnlint';
import MinimapModule from 'diagram-js-minimap';
import SimulationModule from 'bpmn-js-token-simulation';
import SimulationViewerModule from 'bpmn-js-token-simulation/lib/viewer.js';
import { learn, missing, t, translateModule } from './i18n.js';
import { Faults } from './modeler/faults.js';
import { lintOf } from './modeler/lint.js';
import { Lossless } from './modeler/loss.js';
import { ContextPadProvider } from './modeler/pad.js';
import { PaletteProvider } from './modeler/palette.js';
import { Provider } from './modeler/panel.jsx';
import { Copying, ReplaceMenuProvider } from './modeler/replacing.js';
import { Saving } from './modeler/saving.js';
import { Settings } from './modeler/settings.js';
import { translateSimulation } from './modeler/simulation.js';
import { faultCount, faultList, fit, toolbar } from './modeler/toolbar.js';
import own from './words/bpmn.json';

learn(zhPanel.default || zhPanel, zhElements.default || zhElements, zhBpmn.default || zhBpmn, zhBase.default || zhBase, own);

const shared = {
  __init__: ['settings', 'provider', 'faults', 'lossless'],
  settings: ['type', Settings], provider: ['type', Provider], faults: ['type', Faults], lossless: ['type', Lossless],
};
const drawing = {
  __init__: ['copying'],
  copying: ['type', Copying], paletteProvider: ['type', PaletteProvider],
  contextPadProvider: ['type', ContextPadProvider], replaceMenuProvider: ['type', ReplaceMenuProvider],
};

export function open(root, given) {
  const modules = [BpmnPropertiesPanelModule, MinimapModule, translateModule, shared];
  const kind = given.mine ? Modeler : NavigatedViewer;
  return new kind({
    container: root.querySelector('[data-canvas]'),
    propertiesPanel: { parent: root.querySelector('[data-panel]') },
    given,
    linting: { bpmnlint: lintOf(given), active: true },
    additionalModules: given.mine ? [...modules, drawing, SimulationModule, LintModule] : [...modules, CommandModule, SimulationViewerModule],
    textRenderer: { defaultStyle: { fontFamily: '"Noto Sans CJK SC","Microsoft YaHei",sans-serif', fontSize: 12 } },
  });
}

export async function mount(root) {
  const given = JSON.parse(document.getElementById('settings').textContent);
  const modeler = open(root, given);
  root.modeler = modeler;
  root.missing = missing;
  translateSimulation(root);
  const saving = given.mine ? new Saving(modeler, given, root) : null;
  modeler.on('propertiesPanel.providersChanged', () => faultList(root, modeler, saving));
  root.addEventListener('edited', () => faultCount(root, modeler, saving));
  await modeler.importXML(given.xml);
  if (saving) saving.clean = modeler.get('commandStack')._stackIdx;
  fit(modeler);
  toolbar(root, modeler, given, saving);
  modeler.get('faults').show(given.faults);
  const asked = modeler.get('elementRegistry').get(decodeURIComponent(location.hash.slice(1)));
  if (asked) await new Promise((drawn) => { setTimeout(drawn, 120); }); // the panel listens only once it is drawn
  if (asked) modeler.get('faults').choose({ shape: asked });
  root.dataset.ready = '1';
}

for (const root of document.querySelectorAll('[data-modeler]')) {
  mount(root).catch((error) => {
    root.dataset.failed = '1';
    const notice = root.querySelector('[data-notice="failed"]');
    notice.hidden = false;
    notice.textContent = `${t('This file cannot be drawn.')} ${error.message}`;
  });
}
