import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { connected } from '../support/clients.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, textOf } from '../support/mcp.ts';
import { addTool, callTool, replaceTool } from '../support/tools.ts';

const ERAS = ['legacy', 'modern'] as const;
const WEATHER = { name: 'weather', imageName: 'tool-example', requiredRoles: ['Weather.Read'] };
const OSLO = { location: 'Oslo' };
const bob = { headers: { 'x-dev-userid': 'bob', 'x-dev-roles': 'Weather.Read' } };

let dataDir: string;
let first: RunningGateway;
let second: RunningGateway;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'router-replicas-'));
  // The first one holds the port that the router calls back to.
  first = await startGateway({ env: { DATA_DIR: dataDir } });
  second = await startGateway({ env: { DATA_DIR: dataDir } });
  await addTool(first.url, WEATHER);
  for (const { url } of [first, second]) {
    await eventually(60_000, async () => expect(await callTool(url, 'weather', OSLO, bob)).toContain('Oslo')); // prettier-ignore
  }
}, 180_000);

afterAll(async () => {
  await second.stop();
  await first.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 90_000);

test.each(ERAS)(
  'a tool that one gateway has taken is at /mcp of the other, in the %s era',
  async (era) => {
    const client = await connected(era, `${second.url}/mcp`, bob);
    const name = `fresh-${era}`;
    try {
      expect(await client.list()).not.toContain(name);
      await addTool(first.url, { ...WEATHER, name });
      await eventually(10_000, async () => expect(await client.list()).toContain(name));
      await eventually(30_000, async () => expect((await client.call(name, OSLO)).text).toContain('Oslo')); // prettier-ignore
    } finally {
      await client.close();
    }
  },
  60_000,
);

test('a session of /mcp that began at one gateway goes on at the other, for its owner alone', async () => {
  const [here, there] = [`${first.url}/mcp`, `${second.url}/mcp`];
  const session = await openSession(here, bob.headers);
  for (const url of [there, here, there]) {
    expect(textOf(await session.call(url, 'weather', OSLO))).toContain('Oslo');
  }
  const stolen = await fetch(there, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-dev-userid': 'eve',
      'mcp-session-id': session.id,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  expect(stolen.status).toBe(404);
  expect((await session.end(there)).status).toBeLessThan(300);
  expect((await session.call(here, 'weather', OSLO)).status).toBe(404);
}, 60_000);

test.each(ERAS)(
  'who loses the role at one gateway loses the tool at the other, in the %s era',
  async (era) => {
    const name = `roles-${era}`;
    await addTool(first.url, { ...WEATHER, name });
    const client = await connected(era, `${second.url}/mcp`, bob);
    const refusal = (of: string): Promise<string> =>
      client.call(of, OSLO).then(
        ({ text }) => `no refusal: ${text}`,
        (error: unknown) => String(error).replaceAll(of, '?'),
      );
    try {
      await eventually(30_000, async () => expect((await client.call(name, OSLO)).text).toContain('Oslo')); // prettier-ignore
      const never = await refusal('never-was');
      expect(never).toMatch(/Unknown tool: \?$/);
      await replaceTool(first.url, { ...WEATHER, name, requiredRoles: ['Other'] });
      await eventually(10_000, async () => expect(await refusal(name)).toBe(never));
      await eventually(10_000, async () => expect(await client.list()).not.toContain(name));
      expect(await refusal(name)).toBe(never);
    } finally {
      await client.close();
    }
  },
  90_000,
);

test('after kill -9 of the gateway that the router calls, the other serves tools again, sessions included', async () => {
  const session = await openSession(`${second.url}/mcp`, bob.headers);
  const call = async () => textOf(await session.call(`${second.url}/mcp`, 'weather', OSLO));
  expect(await call()).toContain('"Oslo"');
  await first.kill();
  await eventually(15_000, async () => expect(await call()).toContain('"Oslo"'));
  first = await startGateway({ env: { DATA_DIR: dataDir } });
  await eventually(15_000, async () => expect(await callTool(first.url, 'weather', OSLO, bob)).toContain('Oslo')); // prettier-ignore
}, 120_000);

test('a gateway that stops in order hands over as well', async () => {
  const session = await openSession(`${first.url}/mcp`, bob.headers);
  const call = async () => textOf(await session.call(`${first.url}/mcp`, 'weather', OSLO));
  expect(await call()).toContain('"Oslo"');
  expect(await second.stop()).toBe(0);
  await eventually(15_000, async () => expect(await call()).toContain('"Oslo"'));
  second = await startGateway({ env: { DATA_DIR: dataDir } });
}, 120_000);
