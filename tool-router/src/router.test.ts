import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { MISSING_META } from './mcp/missing.ts';
import { runningRouter, toolNamed, type RunningRouter } from './testing/running-router.ts';

let router: RunningRouter | undefined;
afterEach(async () => {
  await router?.stop();
  router = undefined;
});

async function setup(settings?: Record<string, string>): Promise<RunningRouter> {
  router = await runningRouter(settings);
  return router;
}

/** Known once the router has read the store again. */
async function known({ client }: RunningRouter, names: readonly string[]): Promise<void> {
  const reader = await client('modern', { user: 'root', roles: 'mcp.admin' });
  await eventually(15_000, async () => {
    const { tools } = await reader.listTools(undefined, { cacheMode: 'bypass' });
    expect(tools.map(({ name }) => name)).toEqual(names);
  });
}

const weather = toolNamed('weather', {
  title: 'Weather',
  description: 'Says how the weather is',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
  outputSchema: {
    type: 'object',
    properties: { celsius: { type: 'number' } },
    required: ['celsius'],
  },
  annotations: { readOnly: true, readOnlyHint: true },
  icons: [{ src: 'https://example.com/sun.png' }],
  _meta: { 'example.com/kind': 'sky' },
});

test.each(['legacy', 'modern'] as const)(
  'a client of the %s era lists a tool as it was registered and calls it',
  async (era) => {
    const running = await setup();
    running.tools.put(weather);
    await known(running, ['weather']);
    const headers: Record<string, unknown>[] = [];
    running.gateway.tools.set('weather', (args, request, response) => {
      headers.push(request.headers);
      expect(args).toEqual({ city: 'Bern' });
      response.setHeader('content-type', 'application/json').end('{"celsius":21}');
    });
    const client = await running.client(era);

    const { tools } = await client.listTools();
    const { tool } = weather.toolDefinition;
    expect(tools[0]).toMatchObject({ ...tool, annotations: { readOnlyHint: true } });
    const result = await client.callTool({ name: 'weather', arguments: { city: 'Bern' } });
    expect(result).toMatchObject({
      structuredContent: { celsius: 21 },
      content: [{ type: 'text', text: '{"celsius":21}' }],
    });
    expect(headers[0]).toMatchObject({ 'x-mcp-userid': 'alice', 'x-request-id': 'request-1' });
  },
);

test('arguments that do not match the schema never reach the tool', async () => {
  const running = await setup();
  running.tools.put(weather);
  await known(running, ['weather']);
  const client = await running.client('modern');
  const result = await client.callTool({ name: 'weather', arguments: { city: 7 } });
  expect(result.isError).toBe(true);
  expect(JSON.stringify(result.content)).toContain('/city must be string');
  expect(running.gateway.seen).toEqual([]);
});

test('one error for a tool that is not there and for one that the caller may not call', async () => {
  const running = await setup();
  running.tools.put(weather);
  await known(running, ['weather']);
  for (const era of ['legacy', 'modern'] as const) {
    const mallory = await running.client(era, { user: 'mallory' });
    const refusals = ['weather', 'nothing'].map((name) =>
      mallory.callTool({ name, arguments: {} }).then(
        () => undefined,
        (error: unknown) => ({
          code: (error as { code: unknown }).code,
          message: String(error).replaceAll(name, '?'),
        }),
      ),
    );
    const [forbidden, unknown] = await Promise.all(refusals);
    expect(forbidden).toEqual(unknown);
    expect(forbidden?.code).toBe(-32602);
    expect((await mallory.listTools()).tools).toEqual([]);
  }
});

test('a tool that the gateway refuses already is as unknown as one that never was', async () => {
  const running = await setup();
  running.tools.put(toolNamed('gone'));
  await known(running, ['gone']);
  running.gateway.tools.set('gone', (_args, _request, response) => {
    response.writeHead(403, { 'x-gateway-error': 'forbidden' }).end('{}');
  });
  for (const era of ['legacy', 'modern'] as const) {
    const client = await running.client(era);
    const refusal = (name: string) =>
      client.callTool({ name, arguments: {} }).then(
        () => 'no refusal',
        (error: unknown) => String(error).replaceAll(name, '?'),
      );
    expect(await refusal('gone')).toBe(await refusal('never'));
  }
});

test('who does not know the secret gets 401, each of the valid ones opens, and health needs none', async () => {
  const { url, as } = await setup();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const post = (headers: Record<string, string>) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(ping) }); // prettier-ignore
  expect((await post({})).status).toBe(401);
  expect((await post({ ...as('alice'), 'x-gateway-secret': 'wrong' })).status).toBe(401);
  const older = { 'x-gateway-secret': 'an-older-secret-of-the-same-and-more-length' };
  expect((await post({ ...as('alice'), ...older })).status).not.toBe(401);
  expect((await post({ ...as(''), 'x-mcp-userid': '' })).status).toBe(400);
  const origin = new URL(url).origin;
  for (const path of ['/health/live', '/health/ready', '/metrics']) {
    expect((await fetch(origin + path)).status).toBe(200);
  }
});

test('nothing is said of what there is before the store was read, and what was read stays when it fails', async () => {
  router = await runningRouter({}, { broken: true });
  const { url, as, tools, adapters } = router;
  const origin = new URL(url).origin;
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    },
  };
  const headers = { ...as('alice'), 'content-type': 'application/json' };
  const early = await fetch(url, { method: 'POST', headers, body: JSON.stringify(initialize) });
  expect(early.status).toBe(503);
  expect((await fetch(`${origin}/health/ready`)).status).toBe(503);

  tools.put(weather);
  tools.broken = adapters.broken = false;
  await eventually(15_000, async () =>
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200),
  );
  tools.broken = true;
  await eventually(15_000, async () => {
    const ready = await fetch(`${origin}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ checks: { store: 'degraded' } });
  });
  const client = await router.client('modern');
  expect((await client.listTools()).tools).toHaveLength(1);
});

test('lists come in pages whose cursors survive changes in between', async () => {
  const running = await setup({ LIST_PAGE_SIZE: '2' });
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) running.tools.put(toolNamed(name));
  const client = await running.client('modern');
  await eventually(15_000, async () => {
    expect((await client.listTools(undefined, { cacheMode: 'bypass' })).tools).toHaveLength(5);
  });
  const page = async (cursor?: string) =>
    client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } });
  const first = await page();
  expect(first.tools.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(first).toMatchObject({ ttlMs: 30_000, cacheScope: 'private' });
  running.tools.remove('b');
  await sleep(1500);
  const second = await page(first.nextCursor);
  expect(second.tools.map(({ name }) => name)).toEqual(['c', 'd']);
  await expect(page('bm90IG91cnM')).rejects.toMatchObject({ code: -32602 });
});

test.each(['legacy', 'modern'] as const)(
  'a client of the %s era is told when its tools change, and not when only others see it',
  async (era) => {
    const running = await setup();
    let told = 0;
    const listChanged = { tools: { autoRefresh: false, onChanged: () => told++ } };
    const client = await running.client(era, { user: 'bob', roles: 'team', listChanged });
    await sleep(500);
    running.tools.put({ ...toolNamed('secret'), requiredRoles: [] });
    await known(running, ['secret']);
    await sleep(500);
    expect(told).toBe(0);
    running.tools.put(weather);
    await eventually(15_000, () => expect(told).toBeGreaterThan(0));
    expect((await client.listTools(undefined, { cacheMode: 'bypass' })).tools).toHaveLength(1);

    const before = told;
    running.tools.put({ ...weather, requiredRoles: [] });
    await eventually(15_000, () => expect(told).toBeGreaterThan(before));
    await expect(client.callTool({ name: 'weather', arguments: {} })).rejects.toMatchObject({
      code: -32602,
    });
  },
);

test("a session is nobody's but its owner's", async () => {
  const running = await setup();
  const client = await running.client('legacy');
  const { sessionId } = client.transport as { sessionId?: string };
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const asUser = (user: string) =>
    fetch(running.url, {
      method: 'POST',
      headers: {
        ...running.as(user),
        'mcp-session-id': sessionId ?? '',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(list),
    });
  expect((await asUser('alice')).status).toBe(200);
  expect((await asUser('mallory')).status).toBe(404);
});

test('in search mode two tools find and call all others that the caller may call', async () => {
  const running = await setup();
  running.tools.put(weather);
  running.tools.put({ ...toolNamed('wind', { description: 'weather, too' }), requiredRoles: [] });
  await known(running, ['weather', 'wind']);
  running.gateway.tools.set('weather', (_args, _request, response) => {
    response.setHeader('content-type', 'application/json').end('{"celsius":3}');
  });
  for (const era of ['legacy', 'modern'] as const) {
    const bob = await running.client(era, { user: 'bob', roles: 'team', query: '?mode=search' });
    const { tools } = await bob.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['call_tool', 'search_tools']);
    const found = await bob.callTool({ name: 'search_tools', arguments: { query: 'wether' } });
    expect(found.structuredContent).toMatchObject({ tools: [{ name: 'weather' }] });
    const called = await bob.callTool({
      name: 'call_tool',
      arguments: { name: 'weather', arguments: { city: 'Bern' } },
    });
    expect(called.structuredContent).toEqual({ celsius: 3 });
    const hidden = bob.callTool({ name: 'call_tool', arguments: { name: 'wind' } });
    await expect(hidden).rejects.toMatchObject({ code: -32602 });
  }
});

test('nothing missing is not mentioned', async () => {
  const { client } = await setup();
  const modern = await client('modern');
  const list = await modern.request({ method: 'tools/list', params: {} });
  expect(list._meta ?? {}).not.toHaveProperty([MISSING_META]);
});
