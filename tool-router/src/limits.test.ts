import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { ToolHandler } from './testing/fake-gateway.ts';
import { mcpAdapter } from './testing/mcp-adapter.ts';
import { adapterNamed, runningRouter, toolNamed, type RunningRouter } from './testing/running-router.ts'; // prettier-ignore

let router: RunningRouter | undefined;
afterEach(async () => {
  await router?.stop();
  router = undefined;
});

/** A router with one tool, which answers as `handler` does. */
async function setup(
  settings: Readonly<Record<string, string>>,
  handler: ToolHandler = (_args, _request, response) => void response.end('done'),
): Promise<RunningRouter> {
  const running = (router = await runningRouter(settings));
  running.tools.put(toolNamed('x'));
  running.gateway.tools.set('x', handler);
  const client = await running.client('modern', { query: '?mode=all' });
  await eventually(15_000, async () => {
    expect((await client.listTools(undefined, { cacheMode: 'bypass' })).tools).toHaveLength(1);
  });
  return running;
}

async function textOf(running: RunningRouter, name = 'x'): Promise<string> {
  const client = await running.client('modern');
  const { content } = await client.callTool({ name });
  const [first] = content;
  return first?.type === 'text' ? first.text : '';
}

test('MAX_SESSIONS: one session more is refused, and has room once another has ended', async () => {
  const running = await setup({ MAX_SESSIONS: '1' });
  const only = await running.client('legacy');
  await expect(running.client('legacy')).rejects.toThrow('too many sessions');
  expect(await textOf(running)).toBe('done'); // who needs none is let in
  await (only.transport as unknown as { terminateSession: () => Promise<void> }).terminateSession();
  await expect(running.client('legacy')).resolves.toBeDefined();
});

test('MAX_SUBSCRIPTIONS: one stream more is refused, and has room once another has ended', async () => {
  const running = await setup({ MAX_SUBSCRIPTIONS: '1' });
  const [one, two] = [await running.client('modern'), await running.client('modern')];
  const only = await one.listen({ toolsListChanged: true });
  await expect(two.listen({ toolsListChanged: true })).rejects.toThrow('limit');
  await only.close();
  await eventually(10_000, async () => (await two.listen({ toolsListChanged: true })).close());
});

test('MAX_BODY_BYTES: a longer request is refused before it is read', async () => {
  const running = await setup({ MAX_BODY_BYTES: '1024' });
  const client = await running.client('modern');
  const call = client.callTool({ name: 'x', arguments: { text: 'x'.repeat(2_000) } });
  await expect(call).rejects.toThrow();
  expect(running.gateway.seen).not.toContain('POST /tools/x/call');
  expect(await textOf(running)).toBe('done');
});

test('MAX_RESULT_BYTES: a longer answer of a tool, and of an adapter, is a failure', async () => {
  const running = await setup({ MAX_RESULT_BYTES: '1024' }, (_args, _request, response) => {
    response.end('x'.repeat(2_000));
  });
  expect(await textOf(running)).toContain('more than 1024 bytes');
  running.adapters.put(adapterNamed('notes'));
  const notes = mcpAdapter('modern');
  for (let at = 0; at < 30; at++) notes.addTool(`one-of-many-${at}`);
  running.gateway.adapters.set('notes', notes.handler);
  const client = await running.client('modern');
  await eventually(20_000, async () => {
    const list = await client.request({ method: 'tools/list', params: {} });
    expect(JSON.stringify(list._meta)).toContain('notes');
  });
});

test('CALL_TIMEOUT_SECONDS: a tool that is silent for longer has failed', async () => {
  const running = await setup({ CALL_TIMEOUT_SECONDS: '1' }, () => undefined);
  expect(await textOf(running)).toBe('The tool did not answer within 1 s.');
});

test('CALL_MAX_SECONDS: progress keeps no call alive for longer', async () => {
  const running = await setup({ CALL_MAX_SECONDS: '2' }, (_args, _request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    const timer = setInterval(() => response.write('event: progress\ndata: {"progress":1}\n\n'), 100); // prettier-ignore
    response.on('close', () => clearInterval(timer));
  });
  expect(await textOf(running)).toBe('The tool had not ended after 2 s.');
});

test('MAX_ADAPTER_SESSIONS: the one that was idle longest makes room', async () => {
  const running = await setup({ MAX_ADAPTER_SESSIONS: '1', LIST_TTL_SECONDS: '3600' });
  const [one, two] = [mcpAdapter('legacy'), mcpAdapter('legacy')];
  for (const [name, { handler }] of [
    ['one', one],
    ['two', two],
  ] as const) {
    running.adapters.put(adapterNamed(name));
    running.gateway.adapters.set(name, handler);
  }
  const client = await running.client('legacy');
  await eventually(20_000, async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['one_who', 'two_who']));
  });
  for (const name of ['one_who', 'two_who']) await client.callTool({ name });
  const before = one.opened();
  await client.callTool({ name: 'one_who' });
  expect(one.opened()).toBe(before + 1);
  await client.callTool({ name: 'one_who' });
  expect(one.opened()).toBe(before + 1);
});

test('LIST_MODE: clients find tools unless they ask for all', async () => {
  const running = await setup({ LIST_MODE: 'search' });
  const names = async (query: string) =>
    (await (await running.client('modern', { query })).listTools()).tools.map(({ name }) => name);
  expect(await names('')).toEqual(['call_tool', 'search_tools']);
  expect(await names('?mode=all')).toEqual(['x']);
  await expect(running.client('modern', { query: '?mode=some' })).rejects.toThrow();
});
