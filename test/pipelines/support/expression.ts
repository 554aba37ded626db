/** Names that an expression can use: `parameters`, and the variables of loops. */
export type Names = Readonly<Record<string, unknown>>;

const TOKEN = /\s*('(?:[^']|'')*'|[A-Za-z_][\w.]*|-?\d+|[(),])/y;

/** Evaluates an expression of templates: literals, names with dots, and the functions that the pipelines use. */
export function evaluate(expression: string, names: Names): unknown {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) throw new Error(`not understood: ${expression}`);
    tokens.push(token);
  }
  const value = term(tokens, names);
  if (tokens.length > 0) throw new Error(`not understood: ${expression}`);
  return value;
}

function term(tokens: string[], names: Names): unknown {
  const token = tokens.shift() ?? '';
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (/^-?\d+$/.test(token)) return Number(token);
  if (/^(true|false)$/i.test(token)) return token.toLowerCase() === 'true';
  if (tokens[0] === '(') return call(token, list(tokens, names));
  return lookUp(token, names);
}

function list(tokens: string[], names: Names): readonly unknown[] {
  const values: unknown[] = [];
  tokens.shift();
  while (tokens[0] !== ')') {
    values.push(term(tokens, names));
    if (tokens[0] === ',') tokens.shift();
  }
  tokens.shift();
  return values;
}

function call(name: string, values: readonly unknown[]): unknown {
  const [left, right] = values;
  switch (name) {
    case 'eq':
      return same(left, right);
    case 'ne':
      return !same(left, right);
    case 'and':
      return values.every((value) => value === true);
    case 'or':
      return values.includes(true);
    case 'not':
      return left !== true;
    case 'lower':
      return String(left).toLowerCase();
    default:
      throw new Error(`there is no function ${name} here`);
  }
}

const same = (left: unknown, right: unknown): boolean =>
  String(left).toLowerCase() === String(right).toLowerCase();

function lookUp(path: string, names: Names): unknown {
  return path.split('.').reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !(part in value)) {
      throw new Error(`there is no ${path}`);
    }
    return (value as Names)[part];
  }, names);
}
