/** The little of JMESPath that the scripts use: paths, filters by equality, and the first of what is left. */
export function query(value: unknown, expression: string): unknown {
  const [path = '', ...rest] = expression.split(' | ');
  const found = path === '' ? value : follow(value, path);
  return rest.includes('[0]') ? (Array.isArray(found) ? (found[0] ?? null) : null) : found;
}

function follow(value: unknown, path: string): unknown {
  const filter = /^(.*?)\[\?(.+?)\](?:\.(.+))?$/.exec(path);
  if (filter === null) return path.split('.').reduce(member, value);
  const [, before = '', conditions = '', after = ''] = filter;
  const list = before === '' ? value : follow(value, before);
  if (!Array.isArray(list)) throw new Error(`${before} is no list`);
  const left = list.filter((item) => conditions.split(' && ').every((one) => holds(item, one)));
  return after === '' ? left : left.map((item: unknown) => follow(item, after));
}

function holds(item: unknown, condition: string): boolean {
  const parts = /^([\w.]+)==(?:'([^']*)'|`([^`]*)`)$/.exec(condition);
  if (parts === null) throw new Error(`az: error: not understood here: ${condition}`);
  const [, path = '', text, json = ''] = parts;
  return follow(item, path) === (text ?? JSON.parse(json));
}

function member(value: unknown, step: string): unknown {
  const [, name = '', index] = /^(\w*)(?:\[(\d+)\])?$/.exec(step) ?? [];
  if (index !== undefined) return (member(value, name) as readonly unknown[] | null)?.[Number(index)]; // prettier-ignore
  return typeof value === 'object' && value !== null
    ? ((value as Record<string, unknown>)[name] ?? null)
    : null;
}
