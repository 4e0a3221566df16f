// The rule of who acts, read into its terms and written again: `post(unit, 党组书记) not(draft)`.
// What is allowed in it the server says; here it is only taken apart.

// The terms, or null where the text is not in the grammar.
export function parse(text) {
  const terms = [];
  let rest = text.trim();
  while (rest) {
    const name = rest.match(/^[a-z_]+/)?.[0];
    if (!name) return null;
    rest = rest.slice(name.length);
    let inner = '';
    if (rest.startsWith('(')) {
      const end = closing(rest);
      if (end < 0) return null;
      inner = rest.slice(1, end).trim();
      rest = rest.slice(end + 1);
    }
    if (rest && !/^\s/.test(rest)) return null;
    rest = rest.trimStart();
    const args = name === 'expression' ? [inner] : inner.split(',').map((one) => one.trim());
    terms.push({ name, args: args.filter(Boolean) });
  }
  return terms.length ? terms : null;
}

// Where the bracket that opens the text is closed; what stands in quotes is text.
function closing(text) {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
    } else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') {
      depth -= 1;
      if (!depth) return at;
    }
  }
  return -1;
}

const one = ({ name, args }) => {
  const given = [...args];
  while (given.length && !given[given.length - 1]) given.pop();
  return given.length ? `${name}(${given.join(', ')})` : name;
};

export const write = (terms) => terms.map(one).join(' ');
