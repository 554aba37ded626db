import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send as sendTo, type Extras, type Sent } from '../testing/send.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

const SPEC = {
  name: 'weather',
  imageName: 'weather-tool',
  imageVersion: '1.0.0',
  useWorkloadIdentity: false,
  toolDefinition: {
    tool: {
      name: 'weather',
      title: 'Weather Information',
      description: 'Gets the current weather for a specified location.',
      type: 'http',
      inputSchema: {
        type: 'object',
        properties: { location: { type: 'string', description: 'City' } },
        required: ['location'],
      },
      annotations: { readOnly: true },
    },
    port: 8000,
  },
};

const withTool = (changes: object, spec = SPEC) => ({
  ...spec,
  toolDefinition: { ...spec.toolDefinition, tool: { ...spec.toolDefinition.tool, ...changes } },
});

const send = (method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Sent> =>
  sendTo(method, `${api.url}${path}`, { body, ...extras });

test('a tool is registered, shown, replaced and deleted as an adapter is', async () => {
  const created = await send('POST', '/tools', SPEC);
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe('/tools/weather');
  expect(created.body).toMatchObject({ id: 'weather', createdBy: 'ann' });
  expect(created.body.toolDefinition).toEqual({ ...SPEC.toolDefinition, path: '/score' });
  const etag = created.headers.get('etag') ?? '';

  const put = await send('PUT', '/tools/weather', withTool({ title: 'Sky' }), {
    headers: { 'if-match': etag },
  });
  expect(put.status).toBe(200);
  const stale = await send('PUT', '/tools/weather', SPEC, { headers: { 'if-match': etag } });
  expect(stale).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  const shown = await send('GET', '/tools/weather');
  expect(shown.body.toolDefinition).toMatchObject({ tool: { title: 'Sky' } });

  expect((await send('GET', '/tools/weather/status')).body).toMatchObject({
    replicaStatus: 'Healthy',
    image: 'weather-tool:1.0.0',
  });
  expect((await send('GET', '/tools/weather/logs')).text).toBe('one\ntwo\n');
  expect((await send('GET', '/tools')).body).toHaveLength(1);
  expect((await send('DELETE', '/tools/weather')).status).toBe(204);
  expect((await send('GET', '/tools/weather')).status).toBe(404);
  expect((await send('GET', '/tools')).body).toEqual([]);
});

test('an adapter and a tool of one name are two things with nothing in common', async () => {
  const adapter = { name: 'weather', imageName: 'team/weather', imageVersion: '2' };
  expect((await send('POST', '/tools', SPEC, { as: 'eve' })).status).toBe(201);
  expect((await send('POST', '/adapters', adapter)).status).toBe(201);
  expect([...api.orchestrator.running.keys()].sort()).toEqual(['adapter-weather', 'tool-weather']);
  // Neither kind's owner gets at the other's.
  for (const path of ['/adapters/weather', '/adapters/weather/logs', '/adapters/weather/status']) {
    expect((await send('GET', path, undefined, { as: 'eve' })).status).toBe(403);
  }
  expect((await send('DELETE', '/adapters/weather', undefined, { as: 'eve' })).status).toBe(403);
  expect((await send('DELETE', '/tools/weather', undefined, { as: 'eve' })).status).toBe(204);
  expect([...api.orchestrator.running.keys()]).toEqual(['adapter-weather']);
});

test('a taken name is a conflict, a first-party name is reserved', async () => {
  await send('POST', '/tools', SPEC);
  expect((await send('POST', '/tools', SPEC, { as: 'bob' })).status).toBe(409);
  for (const name of ['toolgateway', 'tool-router', 'mcp-gateway']) {
    const taken = await send('POST', '/tools', { ...withTool({ name }), name });
    expect([name, taken.status]).toEqual([name, 400]);
  }
});

test('a tool cannot go by another name than its own', async () => {
  const answer = await send('POST', '/tools', withTool({ name: 'trusted' }));
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([
    { path: 'toolDefinition.tool.name', message: 'must be "weather", the name itself' },
  ]);
  await send('POST', '/tools', SPEC);
  expect((await send('PUT', '/tools/weather', withTool({ name: 'trusted' }))).status).toBe(400);
});

test.each([
  [{ inputSchema: { type: 'object', properties: { a: { type: 'text' } } } }, 'inputSchema.properties.a.type'], // prettier-ignore
  [{ inputSchema: { type: 'object', required: 'a' } }, 'inputSchema.required'],
  [{ inputSchema: { type: 'object', properties: { a: { pattern: '(' } } } }, 'inputSchema'],
  [{ inputSchema: { type: 'object', $ref: 'https://elsewhere.example/s' } }, 'inputSchema'],
  [{ inputSchema: { type: 'object', $schema: 'urn:x' } }, 'inputSchema.$schema'],
  [{ inputSchema: { type: 'object', $async: true } }, 'inputSchema.$async'],
  [{ outputSchema: { properties: 7 } }, 'outputSchema.properties'],
  [{ outputSchema: [] }, 'outputSchema'],
])('%j is no schema, and the path says where', async (changes, where) => {
  const answer = await send('POST', '/tools', withTool(changes));
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  const paths = (answer.body.errors as { path: string }[]).map(({ path }) => path);
  expect(paths).toContain(`toolDefinition.tool.${where}`);
  expect(api.orchestrator.calls).toEqual([]);
});

test('schemas of either dialect are taken, with formats and words that nobody knows', async () => {
  for (const $schema of [
    'https://json-schema.org/draft/2020-12/schema',
    'http://json-schema.org/draft-07/schema#',
  ]) {
    const properties = { at: { type: 'string', format: 'sundial', 'x-mcp-header': 'At' } };
    const inputSchema = {
      $schema,
      $id: 'https://weather.example/same',
      type: 'object',
      properties,
    };
    const outputSchema = {
      $schema,
      $id: 'https://weather.example/same',
      type: 'object',
      $defs: { a: { type: 'null' } },
    };
    const answer = await send('POST', '/tools', withTool({ inputSchema, outputSchema }));
    expect(answer.status).toBe(201);
    expect(answer.body.toolDefinition).toMatchObject({ tool: { inputSchema, outputSchema } });
    await send('DELETE', '/tools/weather');
  }
});

test('what is nested without end is refused, not a fault', async () => {
  const deep = '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000);
  const body = JSON.stringify(withTool({ inputSchema: { type: 'object' } })).replace(
    '"type":"http"',
    `"type":${deep}`,
  );
  expect((await send('POST', '/tools', body)).status).toBe(400);
});
