import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { LOG_LEVEL_META_KEY, type Client } from '@modelcontextprotocol/client';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { MISSING_META } from '../mcp/missing.ts';
import { mcpAdapter, type McpAdapter } from '../testing/mcp-adapter.ts';
import { adapterNamed, runningRouter, type RunningRouter } from '../testing/running-router.ts';

const ERAS = ['legacy', 'modern'] as const;
const PAIRS = ERAS.flatMap((client) => ERAS.map((adapter) => ({ client, adapter })));

let router: RunningRouter | undefined;
afterEach(async () => {
  await router?.stop();
  router = undefined;
});

async function setup(
  adapters: Readonly<Record<string, McpAdapter>>,
  settings?: Record<string, string>,
): Promise<RunningRouter> {
  router = await runningRouter(settings);
  for (const [name, { handler }] of Object.entries(adapters)) {
    router.adapters.put(adapterNamed(name));
    router.gateway.adapters.set(name, handler);
  }
  const known = await router.client('modern');
  await eventually(20_000, async () => {
    const names = await namesOf(known);
    for (const name of Object.keys(adapters)) expect(names).toContain(`${name}_who`);
  });
  return router;
}

async function namesOf(client: Client): Promise<string[]> {
  const { tools } = await client.listTools(undefined, { cacheMode: 'bypass' });
  return tools.map(({ name }) => name);
}

async function textOf(client: Client, name: string, args = {}): Promise<string | undefined> {
  const { content } = await client.callTool({ name, arguments: args });
  const [first] = content;
  return first?.type === 'text' ? first.text : undefined;
}

test.each(PAIRS)(
  'a $client client sees and calls tools, prompts and resources of a $adapter adapter with its own rights',
  async ({ client: era, adapter }) => {
    const running = await setup({ notes: mcpAdapter(adapter) });
    const bob = await running.client(era, { user: 'bob', roles: 'team' });
    expect(await namesOf(bob)).toEqual([
      'notes_ask',
      'notes_log',
      expect.stringMatching(/^notes_long-.*-[0-9a-f]{10}$/),
      'notes_region',
      'notes_roots',
      'notes_sample',
      'notes_slow',
      'notes_who',
    ]);
    const [, , long = ''] = await namesOf(bob);
    expect(long).toHaveLength(128);
    expect(await textOf(bob, long)).toBe('long');
    expect(await textOf(bob, 'notes_who')).toBe('bob team');
    const { prompts } = await bob.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['notes_greet']);
    const prompt = await bob.getPrompt({ name: 'notes_greet', arguments: { name: 'Eve' } });
    expect(JSON.stringify(prompt.messages)).toContain('Greet Eve.');
    const { resources } = await bob.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['note://shared']);
    const { contents } = await bob.readResource({ uri: 'note://shared' });
    expect(contents).toMatchObject([{ uri: 'note://shared', text: 'content of note://shared' }]);
    const day = await bob.readResource({ uri: 'day://monday' });
    expect(JSON.stringify(day.contents)).toContain('content of day://monday');

    const mallory = await running.client(era, { user: 'mallory' });
    expect(await namesOf(mallory)).toEqual([]);
    await expect(mallory.callTool({ name: 'notes_who' })).rejects.toMatchObject({ code: -32602 });
    await expect(mallory.readResource({ uri: 'note://shared' })).rejects.toMatchObject({ code: -32602 }); // prettier-ignore
    const routed = 'adapter+notes:note://shared';
    await expect(mallory.readResource({ uri: routed })).rejects.toMatchObject({ code: -32602 });
  },
);

test.each(PAIRS)(
  'progress of a $adapter adapter reaches a $client client, and its cancellation the adapter',
  async ({ client: era, adapter }) => {
    const notes = mcpAdapter(adapter);
    const running = await setup({ notes });
    const client = await running.client(era);
    const progress: unknown[] = [];
    const cancel = new AbortController();
    const call = client.callTool(
      { name: 'notes_slow' },
      { signal: cancel.signal, onprogress: (one) => progress.push(one) },
    );
    call.catch(() => undefined);
    await eventually(10_000, () => expect(progress).toMatchObject([{ progress: 1, total: 2, message: 'half' }])); // prettier-ignore
    cancel.abort();
    await expect(call).rejects.toThrow();
    await notes.cancelled;
  },
);

test.each(PAIRS)(
  'a question of a $adapter adapter reaches a $client client that can answer it, where both eras allow',
  async ({ client: era, adapter }) => {
    const running = await setup({ notes: mcpAdapter(adapter) });
    const client = await running.client(era, { capabilities: { elicitation: { form: {} } } });
    client.setRequestHandler('elicitation/create', ({ params }) => {
      expect(params.message).toBe('What is your name?');
      return { action: 'accept', content: { name: 'Eve' } };
    });
    const answer = await textOf(client, 'notes_ask').catch((error: unknown) => String(error));
    // A client without a session cannot be asked in the middle of a call, and the adapter is told so.
    if (era === 'modern' && adapter === 'legacy') expect(answer).toContain('capability');
    else expect(answer).toBe('hello Eve, state of the adapter');
  },
);

test.each(PAIRS)(
  'what a $adapter adapter wants of the model or the folders of a $client client comes from there, where both eras allow',
  async ({ client: era, adapter }) => {
    const running = await setup({ notes: mcpAdapter(adapter) });
    const client = await running.client(era, { capabilities: { sampling: {}, roots: {} } });
    client.setRequestHandler('sampling/createMessage', ({ params }) => {
      expect(JSON.stringify(params.messages)).toContain('Say it.');
      return { role: 'assistant', model: 'm', content: { type: 'text', text: 'it' } };
    });
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///work' }] }));
    const said = (name: string) => textOf(client, name).catch((error: unknown) => String(error));
    const [sampled, rooted] = [await said('notes_sample'), await said('notes_roots')];
    if (era === 'modern' && adapter === 'legacy') {
      for (const one of [sampled, rooted]) expect(one).toContain('capability');
    } else {
      expect([sampled, rooted]).toEqual(['heard it', 'rooted in file:///work']);
    }
  },
);

test.each(PAIRS)(
  'what a $adapter adapter logs reaches a $client client that wants it',
  async ({ client: era, adapter }) => {
    const running = await setup({ notes: mcpAdapter(adapter) });
    const client = await running.client(era);
    const heard: unknown[] = [];
    client.setNotificationHandler('notifications/message', ({ params }) => {
      heard.push([params.level, params.data, params.logger]);
    });
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients of that era say it this way
    if (era === 'legacy') await client.setLoggingLevel('info');
    const _meta = era === 'modern' ? { [LOG_LEVEL_META_KEY]: 'info' as const } : {};
    await client.callTool({ name: 'notes_log', _meta });
    await eventually(10_000, () => expect(heard).toEqual([['warning', 'mind the gap', 'platform']])); // prettier-ignore
  },
);

test('what an adapter misses in its client is said to a client that knows the code, in words to another', async () => {
  const running = await setup({ notes: mcpAdapter('modern') });
  const modern = await running.client('modern');
  await expect(modern.callTool({ name: 'notes_sample' })).rejects.toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { sampling: {} } },
  });
  const legacy = await running.client('legacy');
  const { isError, content } = await legacy.callTool({ name: 'notes_sample' });
  expect(isError).toBe(true);
  expect(JSON.stringify(content)).toContain(
    "The adapter 'notes' may not be used by you in this way.",
  );
});

test('the state that an adapter wants back is of no use to others, nor when it was changed', async () => {
  const running = await setup({ notes: mcpAdapter('modern') });
  const capabilities = { elicitation: { form: {} } };
  const manual = { capabilities, inputRequired: { autoFulfill: false } };
  const alice = await running.client('modern', manual);
  const asked = (await alice.callTool({ name: 'notes_ask' }, { allowInputRequired: true })) as unknown as { requestState: string }; // prettier-ignore
  expect(asked.requestState).not.toContain('state of the adapter');
  const retry = (client: Client, requestState: string, name = 'notes_ask') =>
    client.callTool({
      name,
      inputResponses: { name: { action: 'accept', content: { name: 'Eve' } } },
      requestState,
    } as never);
  const bob = await running.client('modern', { ...manual, user: 'bob', roles: 'team' });
  await expect(retry(bob, asked.requestState)).rejects.toMatchObject({ code: -32602 });
  await expect(retry(alice, asked.requestState, 'notes_who')).rejects.toMatchObject({ code: -32602 }); // prettier-ignore
  await expect(retry(alice, `${asked.requestState}x`)).rejects.toMatchObject({ code: -32602 });
  expect(JSON.stringify(await retry(alice, asked.requestState))).toContain('hello Eve, state of');
});

test.each(ERAS)(
  'arguments are repeated in headers for a %s adapter as its era wants it',
  async (era) => {
    const running = await setup({ notes: mcpAdapter(era) });
    const client = await running.client('modern');
    await client.listTools();
    const header = era === 'modern' ? 'eu' : 'no header';
    expect(await textOf(client, 'notes_region', { region: 'eu' })).toBe(`eu ${header}`);
  },
);

test('one session with an adapter serves many calls, and one that it has forgotten is opened anew in silence', async () => {
  const notes = mcpAdapter('legacy');
  const running = await setup({ notes });
  const client = await running.client('legacy');
  for (let call = 0; call < 5; call++) await textOf(client, 'notes_who');
  const before = notes.opened();
  expect(before).toBeLessThanOrEqual(2); // the one that has listed, and the client's own
  notes.forget();
  expect(await textOf(client, 'notes_who')).toBe('alice ');
  expect(notes.opened()).toBe(before + 1);
});

test.each(ERAS)('a change that a %s adapter tells of reaches the client', async (era) => {
  const notes = mcpAdapter(era);
  const running = await setup({ notes });
  let told = 0;
  const listChanged = { tools: { autoRefresh: false, onChanged: () => told++ } };
  const client = await running.client('legacy', { listChanged });
  await namesOf(client);
  await textOf(client, 'notes_who');
  await sleep(500);
  notes.addTool('fresh');
  await eventually(15_000, () => expect(told).toBeGreaterThan(0));
  expect(await namesOf(client)).toContain('notes_fresh');
});

test('URIs that two adapters have get the name of each in front, and lead back', async () => {
  const running = await setup({ one: mcpAdapter('legacy'), two: mcpAdapter('modern') });
  const client = await running.client('modern');
  const { resources } = await client.listResources();
  const uris = ['adapter+one:note://shared', 'adapter+two:note://shared'];
  expect(resources.map(({ uri }) => uri)).toEqual(uris);
  for (const uri of uris) {
    const { contents } = await client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, text: 'content of note://shared' }]);
  }
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    'adapter+one:day://{date}',
    'adapter+two:day://{date}',
  ]);
  await expect(client.readResource({ uri: 'note://shared' })).rejects.toMatchObject({ code: -32602 }); // prettier-ignore
});

test('an adapter that hangs and one that is broken keep nobody from the others, and the list says which are missing', async () => {
  const running = await setup({ good: mcpAdapter('legacy') }, { LIST_TIMEOUT_SECONDS: '1' });
  for (const name of ['hanging', 'broken']) running.adapters.put(adapterNamed(name));
  running.gateway.adapters.set('hanging', () => undefined);
  running.gateway.adapters.set('broken', (_request, response) => response.writeHead(502).end());
  const client = await running.client('modern');
  await eventually(20_000, async () => {
    const list = await client.request({ method: 'tools/list', params: {} });
    expect(list.tools.map(({ name }) => name)).toContain('good_who');
    expect(list).toMatchObject({ ttlMs: 0 });
    expect(list._meta?.[MISSING_META]).toMatchObject([
      { adapter: 'broken', reason: expect.stringMatching(/unreachable|failing/) },
      { adapter: 'hanging', reason: expect.stringMatching(/timeout|failing/) },
    ]);
  });
  const { isError, content } = await client.callTool({ name: 'broken_any' });
  expect(isError).toBe(true);
  expect(JSON.stringify(content)).toContain("The adapter 'broken'");
  await eventually(30_000, async () => {
    await client.request({ method: 'tools/list', params: {} });
    const list = await client.request({ method: 'tools/list', params: {} });
    expect(JSON.stringify(list._meta?.[MISSING_META])).toContain('failing');
  });
  running.gateway.adapters.set('broken', mcpAdapter('modern').handler);
  await eventually(30_000, async () => expect(await namesOf(client)).toContain('broken_who'));
}, 120_000);

test('an adapter that dies in the middle of an answer is a clear failure at once', async () => {
  const running = await setup({ good: mcpAdapter('legacy') });
  const client = await running.client('modern');
  await client.listTools();
  const good = running.gateway.adapters.get('good')!;
  running.gateway.adapters.set('good', (request, response) => {
    if (request.headers['mcp-session-id'] === undefined) {
      good(request, response);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': begun\n\n');
    setTimeout(() => response.destroy(), 50);
  });
  const begun = performance.now();
  const { isError, content } = await client.callTool({ name: 'good_who' });
  expect(isError).toBe(true);
  expect(JSON.stringify(content)).toContain("The adapter 'good' cannot be reached");
  expect(performance.now() - begun).toBeLessThan(15_000);
});
