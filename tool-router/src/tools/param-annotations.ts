import type { ToolEntry } from './tool-entry.ts';

const ANNOTATION = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRIMITIVE = new Set<unknown>(['string', 'integer', 'boolean']);
/** Values of these keywords are data, whatever they look like. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
/** Values of these keywords are schemas by name. */
const NAMED = new Set(['patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const MAX_DEPTH = 64;

/**
 * True unless an argument is marked to be repeated in a header in a way that no client can follow (MCP 2026-07-28, tools,
 * x-mcp-header): such a tool is not listed.
 */
export function hasUsableAnnotations({ inputSchema }: ToolEntry): boolean {
  const names = new Set<string>();
  const visit = (
    schema: unknown,
    isProperty: boolean,
    reachable: boolean,
    depth: number,
  ): boolean => {
    if (typeof schema !== 'object' || schema === null) return true;
    if (depth > MAX_DEPTH) return false;
    if (Array.isArray(schema)) return schema.every((one) => visit(one, false, false, depth + 1));
    const members: [string, unknown][] = Object.entries(schema);
    const { [ANNOTATION]: name, type } = Object.fromEntries(members);
    if (name !== undefined) {
      if (!isProperty || !reachable || !PRIMITIVE.has(type)) return false;
      if (typeof name !== 'string' || !TOKEN.test(name) || names.has(name.toLowerCase()))
        return false;
      names.add(name.toLowerCase());
    }
    return members.every(([keyword, value]) => {
      if (DATA.has(keyword)) return true;
      const isMap = keyword === 'properties' || NAMED.has(keyword);
      if (!isMap || typeof value !== 'object' || value === null)
        return visit(value, false, false, depth + 1);
      const stillReachable = reachable && keyword === 'properties';
      return Object.values(value as Record<string, unknown>).every((one) =>
        visit(one, true, stillReachable, depth + 1),
      );
    });
  };
  return visit(inputSchema, false, true, 0);
}
