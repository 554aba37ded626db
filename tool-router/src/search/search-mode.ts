import { z } from 'zod';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { SearchWords, toolText } from '@mcp-gateway/core/domain/search-text';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import { failure } from '../tools/tool-result.ts';
import type { ToolEntry } from '../tools/tool-entry.ts';

const MAX_LIMIT = 50;

const SearchArguments = z.object({
  query: SearchWords.describe('Words for what the tool should do'),
  limit: z.int().min(1).max(MAX_LIMIT).default(10).describe('How many tools to show at the most'),
});
const CallArguments = z.object({
  name: z.string().min(1).max(200).describe('Name of a tool, as search_tools gives it'),
  arguments: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Arguments of that tool, by its inputSchema'),
});

/** The two tools by which a client finds and calls all others. */
export const SEARCH_MODE_TOOLS: readonly ToolEntry[] = [
  {
    name: 'call_tool',
    title: 'Call a tool',
    description: 'Calls a tool that search_tools has found, and gives its result.',
    inputSchema: inputSchemaOf(CallArguments),
  },
  {
    name: 'search_tools',
    title: 'Search tools',
    description:
      'Finds tools by what they do. Gives their names, descriptions and input schemas, best first; call one with call_tool.',
    inputSchema: inputSchemaOf(SearchArguments),
    outputSchema: {
      type: 'object',
      properties: { tools: { type: 'array', items: { type: 'object' } } },
      required: ['tools'],
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
];

/** Answers a call of `search_tools` out of the tools that the caller may call. */
export function searchResult(
  ranking: Ranking,
  tools: readonly ToolEntry[],
  args: unknown,
): CallToolResult {
  const parsed = SearchArguments.safeParse(args);
  if (!parsed.success) return failure(`The arguments are not valid: ${z.prettifyError(parsed.error)}`); // prettier-ignore
  const { query, limit } = parsed.data;
  const found = ranking(tools.map(toolText), query).slice(0, limit);
  const structuredContent = { tools: found.map((position) => tools[position]) };
  return {
    structuredContent,
    content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
  };
}

/** The call that a call of `call_tool` stands for; a string says what is wrong with it. */
export function wrappedCall(
  args: unknown,
): { name: string; args: Record<string, unknown> } | string {
  const parsed = CallArguments.safeParse(args);
  if (!parsed.success) return `The arguments are not valid: ${z.prettifyError(parsed.error)}`;
  return { name: parsed.data.name, args: parsed.data.arguments };
}

function inputSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
}
