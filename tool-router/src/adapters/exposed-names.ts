import { createHash } from 'node:crypto';

const VALID = /^[A-Za-z0-9_.-]{1,128}$/;
const INVALID_CHARACTERS = /[^A-Za-z0-9_.-]+/g;
const MAX_LENGTH = 128;
const HASH_LENGTH = 10;

/** Names of the router's own tools, which no adapter can take. */
const OWN: ReadonlySet<string> = new Set(['search_tools', 'call_tool']);

/**
 * Names by which the router offers what `adapter` calls `names`: `{adapter}_{name}`, or the same with what MCP does not
 * allow replaced and a hash behind it. Equal names give equal results, whatever their order; no two get the same.
 */
export function exposedNames(adapter: string, names: readonly string[]): Map<string, string> {
  const sorted = [...new Set(names)].sort();
  const exposed = new Map<string, string>();
  const isPlain = (name: string): boolean => {
    const plain = `${adapter}_${name}`;
    return VALID.test(plain) && !OWN.has(plain);
  };
  for (const name of sorted) if (isPlain(name)) exposed.set(`${adapter}_${name}`, name);
  for (const name of sorted) if (!isPlain(name)) exposed.set(hashed(adapter, name, exposed), name);
  return exposed;
}

/** The adapter whose name is in front; names of adapters and of registered tools have no underscore. */
export function adapterOf(exposed: string): string | undefined {
  const end = exposed.indexOf('_');
  return end > 0 ? exposed.slice(0, end) : undefined;
}

function hashed(adapter: string, name: string, taken: ReadonlyMap<string, unknown>): string {
  const readable = `${adapter}_${name.replace(INVALID_CHARACTERS, '-')}`;
  for (let round = 0; ; round++) {
    const hash = createHash('sha256').update(`${round}\n${name}`).digest('hex');
    const exposed = `${readable.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash.slice(0, HASH_LENGTH)}`;
    if (!taken.has(exposed)) return exposed;
  }
}
