// The bar above the table: save, undo, redo; by mouse and by key.
export function toolbar(root, tables, saving) {
  if (!saving) return;
  const actions = tables.get('editorActions');
  const acts = { save: () => saving.save(), undo: () => actions.trigger('undo'), redo: () => actions.trigger('redo') };
  root.querySelector('[data-bar]').addEventListener('click', ({ target }) => acts[target.closest('[data-do]')?.dataset.do]?.());
  addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    saving.save();
  });
  const update = () => {
    root.querySelector('[data-do="undo"]').disabled = !tables.get('commandStack').canUndo();
    root.querySelector('[data-do="redo"]').disabled = !tables.get('commandStack').canRedo();
  };
  tables.on('commandStack.changed', update);
  update();
}
