// Seals a paper mark by mark before it leaves the browser; the plain marks are never sent.
const LENGTH = 64; // bytes of every mark: its length says nothing (workflows/sealing.py)

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

function keyOf(form) {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  return crypto.subtle.importKey('spki', bytes(form.dataset.ballot), algorithm, false, ['encrypt']);
}

async function sealed(key, mark) {
  const plain = new TextEncoder().encode(mark.padEnd(LENGTH));
  return text(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, plain));
}

async function seal(form) {
  const key = await keyOf(form);
  for (const row of form.querySelectorAll('[data-item]')) {
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = form.dataset.field + row.dataset.item;
    input.value = await sealed(key, row.querySelector('input:checked').value);
    form.append(input);
  }
  for (const radio of form.querySelectorAll('input[type=radio]')) radio.disabled = true;
}

for (const form of document.querySelectorAll('form[data-ballot]')) {
  form.querySelector('button').disabled = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation(); // no library sends it before it is sealed
    const rows = [...form.querySelectorAll('[data-item]')];
    if (rows.some((row) => !row.querySelector('input:checked'))) {
      form.querySelector('[data-message]').textContent = form.dataset.left;
      return;
    }
    form.querySelector('button').disabled = true;
    await seal(form);
    form.submit();
  }, { capture: true });
}
