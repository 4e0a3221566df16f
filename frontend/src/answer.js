// The public page of a survey: questions that hang on others, and a draft that stays in this browser.
import './answer.css';

document.documentElement.classList.add('js');
const PREFIX = 'survey:', SENT = 'survey-sent';
const form = document.querySelector('form[data-sheet]');
const key = PREFIX + location.pathname;

// Storage may be forbidden in this browser: then there is no draft, and all else works.
function stored(act) {
  try { return act(localStorage); } catch { return null; }
}

const chosen = (name) => [...form.querySelectorAll('input:checked')].filter((one) => one.name === name).map((one) => one.value);

function showWhatIsAsked() {
  for (const question of form.querySelectorAll('[data-when]')) {
    const wanted = question.dataset.is.split(' ');
    const on = document.getElementById(question.dataset.when);
    question.hidden = on?.hidden || !chosen(question.dataset.when).some((one) => wanted.includes(one));
  }
}

function keep() {
  const fields = [...new FormData(form)];
  stored((box) => box.setItem(key, JSON.stringify(fields)));
  form.querySelector('[data-kept]').textContent = form.dataset.keptText;
}

function putBack() {
  const fields = JSON.parse(stored((box) => box.getItem(key)) ?? '[]');
  for (const [name, value] of fields) {
    for (const field of form.elements) {
      if (field.name !== name) continue;
      if (field.type === 'textarea') field.value = value;
      else if (field.value === value) field.checked = true;
    }
  }
}

if (form) {
  if (form.dataset.refused === undefined) putBack();
  else document.getElementById('faults').focus();
  showWhatIsAsked();
  form.addEventListener('input', () => { showWhatIsAsked(); keep(); });
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
    stored((box) => box.setItem(SENT, key));
  });
  addEventListener('pageshow', () => delete form.dataset.sent);
  const clear = form.querySelector('[data-clear]');
  clear.hidden = false;
  clear.addEventListener('click', () => {
    stored((box) => box.removeItem(key));
    for (const field of form.elements) {
      if (field.type === 'textarea') field.value = '';
      else field.checked = false;
    }
    form.querySelector('[data-kept]').textContent = '';
    showWhatIsAsked();
  });
}

if (document.querySelector('[data-handed-in]')) {
  stored((box) => { box.removeItem(box.getItem(SENT)); box.removeItem(SENT); });
}
