import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ready, register, statusOf } from '../support/adapters.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, post } from '../support/mcp.ts';
import { until } from '../support/until.ts';

const root = resolve(import.meta.dirname, '../..');
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { READY_WAIT_SECONDS: '1' } });
}, 60_000);

afterAll(async () => gateway.stop());

test("the README's first server is registered by the README's own words and answers", async () => {
  const readme = await readFile(resolve(root, 'README.md'), 'utf8');
  const body = /\/adapters -H 'content-type: application\/json' -d '(\{.+?\})'\n/s.exec(
    readme,
  )?.[1];
  const spec = JSON.parse(body ?? 'not in the README') as { name: string };
  const url = await register(gateway.url, spec);
  await ready(gateway.url, spec.name, { deadlineMs: 120_000 });
  const session = await openSession(url);
  const tools = await session.post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect(tools.body?.result?.tools).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
  );
}, 180_000);

test('a server that takes long to start says so, and calls wait a bounded time', async () => {
  const fixture = resolve(root, 'test/fixtures/everything/main-stdio.ts');
  const url = await register(gateway.url, {
    name: 'slow-start',
    imageName: 'mcp-proxy',
    environmentVariables: {
      MCP_COMMAND: 'sh',
      MCP_ARGS: `-c 'echo fetching the package >&2; sleep 6; exec "${process.execPath}" "${fixture}"'`,
    },
  });
  await until('the status tells what is going on', 5000, async () => {
    const { readyReplicas, conditions } = await statusOf(gateway.url, 'slow-start');
    const told = conditions.some(({ message }) => message.includes('fetching the package'));
    return (readyReplicas === 0 && told) || JSON.stringify(conditions);
  });
  const asked = Date.now();
  const early = await post(url, { jsonrpc: '2.0', id: 'mine', method: 'initialize', params: {} });
  expect(early.status).toBe(503);
  expect(Date.now() - asked).toBeLessThan(5000);
  expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
  expect(early.body).toMatchObject({ id: 'mine', error: { data: { code: 'unavailable' } } });
  await ready(gateway.url, 'slow-start');
  await openSession(url);
}, 90_000);
