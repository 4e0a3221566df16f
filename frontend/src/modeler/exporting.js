// The diagram as a file of its own: BPMN, SVG or PNG.
const MOST_PIXELS = 6000;

function hand(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function png(svg) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const scale = Math.min(2, MOST_PIXELS / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = picture.width * scale;
  canvas.height = picture.height * scale;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

export async function exportAs(modeler, kind, name) {
  if (kind === 'bpmn') {
    const { xml } = await modeler.saveXML({ format: true });
    return hand(new Blob([xml], { type: 'application/xml' }), `${name}.bpmn`);
  }
  const { svg } = await modeler.saveSVG();
  if (kind === 'svg') return hand(new Blob([svg], { type: 'image/svg+xml' }), `${name}.svg`);
  return hand(await png(svg), `${name}.png`);
}
