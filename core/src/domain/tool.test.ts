import { expect, test } from '@jest/globals';
import { Tool, ToolRequest, toolView } from './tool.ts';
import { adapterWorkload, toolWorkload } from './workload.ts';
import { Adapter } from './adapter.ts';
import { objectName } from './naming.ts';

const TOOL = { name: 'weather', inputSchema: { type: 'object' } };
const SPEC = { name: 'weather', imageName: 'weather-tool', imageVersion: '1.0.0' };
const AT = '2026-01-01T00:00:00.000Z';
const RECORD = { uid: 'u', createdBy: 'ann', createdAt: AT, lastUpdatedAt: AT };

const request = (tool: object, rest: object = {}) =>
  ToolRequest.safeParse({ ...SPEC, toolDefinition: { tool, ...rest } });
const mistakes = (tool: unknown, rest: object = {}): string[] =>
  (ToolRequest.safeParse({ ...SPEC, toolDefinition: { tool, ...rest } }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

test('the payload that existing clients send is taken, members that nobody knows kept', () => {
  const tool = { ...TOOL, type: 'http', annotations: { readOnly: true }, title: 'Weather' };
  expect(request(tool, { port: 8000 }).data?.toolDefinition).toEqual({ tool, port: 8000, path: '/score' }); // prettier-ignore
});

test('port and path have defaults that work, and a tool without arguments needs no schema', () => {
  expect(request({ name: 'weather' }).data?.toolDefinition).toEqual({
    tool: TOOL,
    port: 8000,
    path: '/score',
  });
});

test.each([
  ['another name', { ...TOOL, name: 'other' }, 'toolDefinition.tool.name: must be "weather", the name itself'], // prettier-ignore
  ['no name', { inputSchema: { type: 'object' } }, 'toolDefinition.tool.name: is required and must be a string'], // prettier-ignore
  ['arguments that are no object', { ...TOOL, inputSchema: { type: 'string' } }, 'toolDefinition.tool.inputSchema.type: must be "object"'], // prettier-ignore
  ['a schema without type', { ...TOOL, inputSchema: {} }, 'toolDefinition.tool.inputSchema.type: must be "object"'], // prettier-ignore
  ['too much', { ...TOOL, description: 'x'.repeat(70_000) }, 'toolDefinition.tool: must have at most 65536 bytes as JSON'], // prettier-ignore
  ['too deep', { ...TOOL, _meta: JSON.parse('{"a":'.repeat(200) + '1' + '}'.repeat(200)) as object }, 'toolDefinition.tool: must have at most 100 levels'], // prettier-ignore
])('%s is refused, and where it is said', (_, tool, mistake) => {
  expect(mistakes(tool)).toEqual([mistake]);
});

test.each([
  { port: 0 },
  { port: 65_536 },
  { path: 'score' },
  { path: '/a/../b' },
  { path: '/a?b' },
])('%j is refused', (rest) => {
  expect(mistakes(TOOL, rest)).toHaveLength(1);
});

test('a tool definition is needed', () => {
  expect(ToolRequest.safeParse(SPEC).success).toBe(false);
});

test('the workload listens where the definition says, apart from an adapter of the same name', () => {
  const tool = Tool.parse({ ...request(TOOL, { port: 443, path: '/run' }).data, ...RECORD });
  const adapter = Adapter.parse({ ...SPEC, ...RECORD });
  expect(toolWorkload(tool)).toMatchObject({ kind: 'tool', port: 443, path: '/run', uid: 'u' });
  expect(objectName(toolWorkload(tool))).not.toBe(objectName(adapterWorkload(adapter)));
});

test('callers see the whole definition, and nothing that is internal', () => {
  const tool = Tool.parse({
    ...ToolRequest.parse({ ...SPEC, toolDefinition: { tool: TOOL }, environmentVariables: { A: 'b' } }), // prettier-ignore
    ...RECORD,
    uid: 'internal-uid',
    deletedAt: AT,
  });
  const view = toolView(tool, false);
  expect(view).toMatchObject({ id: 'weather', environmentVariables: { A: '***' } });
  expect(view.toolDefinition).toEqual(tool.toolDefinition);
  expect(JSON.stringify(view)).not.toMatch(/internal-uid|deletedAt/);
});
