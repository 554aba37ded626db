import { z } from 'zod';

const MAX_PATTERNS = 500;

const Pattern = z
  .string({ error: 'must be the name of a tool, * for any run of characters' })
  .min(1, 'must not be empty')
  .max(128, 'must have at most 128 characters')
  .regex(/^[^\s\p{Cc}]+$/u, 'must not contain white space or control characters');

const Patterns = z.array(Pattern).max(MAX_PATTERNS);

const Role = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(128, 'must have at most 128 characters')
  .regex(/^[^,\p{Cc}]*$/u, 'must not contain commas or control characters');

const ByRole = z
  .record(Role, Patterns)
  .refine((map) => Object.keys(map).length <= 64, 'must have at most 64 roles');

/** Names of tools by role; `*` is everybody, and a list alone stands for everybody. */
const ToolsByRole = z.union([
  Patterns.transform((patterns): Record<string, string[]> => ({ '*': patterns })).pipe(ByRole),
  ByRole,
]);

/** Members of a resource that say who may use which tools of it. */
export const toolRulesShape = {
  allowedTools: ToolsByRole.optional().describe(
    'Tools that may be used, by role; * is everybody, or any run of characters; all when absent',
  ),
  deniedTools: ToolsByRole.optional().describe('Tools that may not be used, by role; wins'),
};

/** Who may use which tools. */
export interface ToolRules {
  readonly allowedTools?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly deniedTools?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Whether a tool of this name may be used. */
export type ToolPolicy = (tool: string) => boolean;

/** What the rules say to somebody who holds `roles`; undefined where every tool may be used. */
export function toolPolicy(rules: ToolRules, roles: readonly string[]): ToolPolicy | undefined {
  const { allowedTools, deniedTools } = rules;
  if (allowedTools === undefined && deniedTools === undefined) return undefined;
  const held = new Set(['*', ...roles.map((role) => role.toLowerCase())]);
  const allowed = allowedTools === undefined ? ['*'] : patternsOf(allowedTools, held);
  const denied = deniedTools === undefined ? [] : patternsOf(deniedTools, held);
  if (denied.length === 0 && allowed.includes('*')) return undefined;
  return (tool) =>
    isPlain(tool) &&
    allowed.some((pattern) => matches(pattern, tool)) &&
    !denied.some((pattern) => matches(pattern, tool));
}

function patternsOf(
  byRole: Readonly<Record<string, readonly string[]>>,
  held: ReadonlySet<string>,
): readonly string[] {
  return Object.entries(byRole).flatMap(([role, patterns]) =>
    held.has(role.toLowerCase()) ? patterns : [],
  );
}

/** A server may trim a name or end it at a NUL before it looks for the tool, and then a rule would have met another name. */
function isPlain(tool: string): boolean {
  return tool !== '' && !/[\s\p{Cc}]/u.test(tool);
}

/** Linear for each part of the pattern, whatever the name is. */
function matches(pattern: string, tool: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === tool;
  if (!tool.startsWith(head) || !tool.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = tool.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at + tail.length <= tool.length;
}
