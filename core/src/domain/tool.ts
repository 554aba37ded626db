import { z } from 'zod';
import {
  Path,
  Port,
  RECORDED,
  resourceView,
  SHOWN,
  variablesOnce,
  WorkloadSpec,
} from './resource.ts';

const MAX_TOOL_BYTES = 64 * 1024;
const MAX_TOOL_DEPTH = 100;

const InputSchema = z
  .looseObject({ type: z.literal('object', { error: 'must be "object"' }) })
  .describe('JSON Schema 2020-12 of the arguments');

/** A tool as MCP's `tools/list` has it; members that MCP does not know are kept as they are. */
export const McpTool = z
  .looseObject({
    name: z.string({ error: 'is required and must be a string' }).describe('Equal to the name'),
    title: z.string().optional(),
    description: z.string().optional(),
    inputSchema: InputSchema.default({ type: 'object' }),
    outputSchema: z
      .looseObject({})
      .optional()
      .describe('JSON Schema 2020-12 of the structured result'),
    annotations: z.looseObject({}).optional(),
    icons: z.array(z.looseObject({ src: z.string() })).optional(),
    _meta: z.record(z.string(), z.unknown()).optional(),
  })
  .refine((tool) => !isDeeperThan(MAX_TOOL_DEPTH, tool), {
    error: `must have at most ${MAX_TOOL_DEPTH} levels`,
    abort: true,
  })
  .refine(
    (tool) => new TextEncoder().encode(JSON.stringify(tool)).length <= MAX_TOOL_BYTES,
    `must have at most ${MAX_TOOL_BYTES} bytes as JSON`,
  );
export type McpTool = z.output<typeof McpTool>;

/** What a tool does, and where its server takes calls. */
export const ToolDefinition = z.object({
  tool: McpTool.describe('The tool as MCP lists it'),
  port: Port.default(8000).describe('Port on which the server listens'),
  path: Path.default('/score').describe('Path to which the arguments are posted'),
});

/** What a caller sends to create or replace a tool; unknown members are dropped. */
export const ToolSpec = WorkloadSpec.extend({ toolDefinition: ToolDefinition });
export type ToolSpec = z.output<typeof ToolSpec>;

/** The body of a request to create or replace a tool; that its schemas are such is not checked here. */
export const ToolRequest = ToolSpec.superRefine(variablesOnce).superRefine((spec, context) => {
  if (spec.toolDefinition.tool.name === spec.name) return;
  // Lists show the one name and calls are made by the other, so nobody may pass as somebody else.
  const path = ['toolDefinition', 'tool', 'name'];
  context.addIssue({ code: 'custom', path, message: `must be "${spec.name}", the name itself` });
});

/** A tool as stored. */
export const Tool = ToolSpec.extend(RECORDED);
export type Tool = z.output<typeof Tool>;

/** What a caller is shown of a tool. */
export const ToolView = ToolSpec.extend(SHOWN);
export type ToolView = z.output<typeof ToolView>;

/** The wire form of a tool; values of variables are starred out unless `withValues`. */
export function toolView(tool: Tool, withValues: boolean): ToolView {
  return resourceView(tool, withValues);
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
