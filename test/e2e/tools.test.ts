import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { visitByLegacySdk, visitByModernSdk } from '../support/clients.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { WEATHER, WEATHER_CALL } from '../support/weather.ts';

interface Audited {
  readonly requestId: string;
  readonly tool?: string;
  readonly outcome: string;
  readonly principal?: { readonly id: string };
  readonly resource?: { readonly kind: string; readonly name: string };
}

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
}, 60_000);

afterAll(async () => gateway.stop());

const write = (method: string, path: string, body: object): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
/** What the reader sees at `/mcp`. */
const listed = async (): Promise<readonly string[]> =>
  (await visitByModernSdk(`${gateway.url}/mcp`, undefined, reader)).tools;
const reader = { headers: { 'x-dev-userid': 'bob', 'x-dev-roles': 'Weather.Read' } };

test('a registered tool is listed and called by clients of both eras, for those who may', async () => {
  expect((await write('POST', '/tools', WEATHER)).status).toBe(201);
  for (const visit of [visitByLegacySdk, visitByModernSdk]) {
    const { tools, answer } = await visit(`${gateway.url}/mcp`, WEATHER_CALL, reader);
    expect(tools).toEqual(['weather']);
    expect(JSON.parse(answer ?? '')).toMatchObject({ location: 'Oslo', unit: 'celsius' });
  }
  const stranger = { headers: { 'x-dev-userid': 'eve' } };
  expect((await visitByModernSdk(`${gateway.url}/mcp`, undefined, stranger)).tools).toEqual([]);
}, 120_000);

test('the audit follows a call through the router to the tool and to an adapter, by one request id', async () => {
  const image = { imageName: 'mcp-example', imageVersion: '1.0.0' };
  const hello = { name: 'hello', ...image, exposeTools: true, requiredRoles: ['Weather.Read'] };
  expect((await write('POST', '/adapters', hello)).status).toBe(201);
  const echo = { name: 'hello_echo', arguments: { message: 'never in the audit' } };
  await eventually(30_000, async () => expect(await listed()).toContain('hello_echo'));
  const { answer } = await visitByLegacySdk(`${gateway.url}/mcp`, echo, reader);
  expect(answer).toContain('never in the audit');
  await eventually(20_000, async () => {
    const text = await readFile(join(gateway.dataDir, 'audit.jsonl'), 'utf8');
    expect(text).not.toContain('never in the audit');
    const calls = text
      .split('\n')
      .filter((line) => line.includes('"tools/call"'))
      .map((line) => JSON.parse(line) as Audited)
      .filter(({ principal, outcome }) => principal?.id === 'bob' && outcome === 'allowed');
    const router = { kind: 'service', name: 'tool-router' };
    for (const [tool, resource, inner] of [
      ['weather', { kind: 'tool', name: 'weather' }, 'weather'],
      ['hello_echo', { kind: 'adapter', name: 'hello' }, 'echo'],
    ] as const) {
      const outer = calls.find((call) => call.tool === tool && isDeepStrictEqual(call.resource, router)); // prettier-ignore
      expect(outer).toBeDefined();
      expect(calls).toContainEqual(
        expect.objectContaining({ requestId: outer?.requestId, resource, tool: inner }),
      );
    }
  });
}, 60_000);

test('the gateway and the router find the same tools by the same words, in the same order', async () => {
  for (const [name, description] of [
    ['climate', 'Tells how the weather is in most years'],
    ['umbrella', 'Is for bad weather'],
    ['weather-map', 'Draws a map'],
  ] as const) {
    const tool = { name, description, inputSchema: { type: 'object' } };
    const created = await write('POST', '/tools', { ...WEATHER, name, toolDefinition: { tool } });
    expect(created.status).toBe(201);
  }
  await eventually(30_000, async () => expect(await listed()).toContain('weather-map'));
  const words = 'bad weather map';
  const answer = await fetch(`${gateway.url}/tools?search=${encodeURIComponent(words)}`, reader);
  const names = ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  expect(names).toHaveLength(4);
  const search = { name: 'search_tools', arguments: { query: words } };
  const found = await visitByModernSdk(`${gateway.url}/mcp?mode=search`, search, reader);
  const { tools } = JSON.parse(found.answer ?? '') as { tools: { name: string }[] };
  // What adapters have is at the router alone.
  expect(tools.map(({ name }) => name).filter((name) => names.includes(name))).toEqual(names);
  for (const name of names.filter((one) => one !== 'weather')) {
    expect((await write('DELETE', `/tools/${name}`, {})).status).toBe(204);
  }
}, 120_000);

test('who loses the role loses the tool', async () => {
  const put = await write('PUT', '/tools/weather', { ...WEATHER, requiredRoles: ['Other'] });
  expect(put.status).toBe(200);
  await eventually(10_000, async () => expect(await listed()).not.toContain('weather'));
}, 60_000);

test('the secret of gateway and router is in no environment, log or state, and opens nothing without it', async () => {
  const secret = (await readFile(join(gateway.dataDir, 'gateway-secrets'), 'utf8')).trim();
  const port = (await readFile(join(gateway.dataDir, 'internal-port'), 'utf8')).trim();
  expect(gateway.logs()).not.toContain(secret);
  for (const file of ['processes.sqlite', 'processes.sqlite-wal']) {
    expect((await readFile(join(gateway.dataDir, file))).includes(secret)).toBe(false);
  }
  const call = (given: string) =>
    fetch(`http://127.0.0.1:${port}/tools/weather/call`, {
      method: 'POST',
      headers: { 'x-gateway-secret': given, 'x-mcp-userid': 'dev', 'x-mcp-roles': 'mcp.admin' },
      body: '{"location":"Oslo"}',
    });
  expect((await call('a guess that is long enough to be one')).status).toBe(401);
  expect((await call(secret)).status).toBe(200);
  const disabled = await write('POST', '/tools/weather/disable', { reason: 'under repair' });
  expect(disabled.status).toBe(200);
  const refused = await call(secret);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain('Tool weather is disabled: under repair');
}, 60_000);
