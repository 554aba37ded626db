import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import { openSession, textOf, toolCall, until } from '../testing/client.ts';

afterEach(stopBridges);

describe('an answer', () => {
  test('is JSON when the first thing that the child says is the response', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.call('echo', { text: 'hello' });
    expect(reply).toMatchObject({ status: 200, type: 'application/json' });
    expect(textOf(reply)).toBe('hello');
  });

  test('is an event stream when something must come before the response', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.call('progress', { steps: 2 }, { token: 'mine' });
    expect(reply.type).toBe('text/event-stream');
    expect(reply.messages.map(({ method }) => method)).toEqual([
      'notifications/progress',
      'notifications/progress',
      undefined,
    ]);
    expect(reply.messages[0]?.params?.progressToken).toBe('mine');
  });

  test('is JSON alone for a client that accepts nothing else, its notifications held back', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.call(
      'progress',
      { steps: 2 },
      { token: 1, headers: { accept: 'application/json' } },
    );
    expect(reply).toMatchObject({ status: 200, type: 'application/json' });
    expect(textOf(reply)).toBe('progressed');
  });

  test('is an event stream alone for a client that accepts nothing else', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.call(
      'echo',
      { text: 'a' },
      { headers: { accept: 'text/event-stream' } },
    );
    expect(reply.type).toBe('text/event-stream');
    expect(textOf(reply)).toBe('a');
  });

  test('becomes an event stream with heartbeats when the child is silent for long', async () => {
    const { url } = await startBridge({ tuning: { heartbeatMs: 60 } });
    const session = await openSession(url);
    const reply = await session.call('slow', { ms: 400 });
    expect(reply.type).toBe('text/event-stream');
    expect(reply.text).toMatch(/^: \n\n/);
    expect(textOf(reply)).toBe('slow');
  });

  test('has the bytes of the child, and the child the bytes of the client', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const odd =
      '{ "method":"tools/call","id":9007199254740993,"jsonrpc":"2.0","extra":[1.0],"params":{"name":"raw"}}';
    const reply = await session.post(odd);
    expect(reply.text).toContain('"id":9007199254740992');
    expect(textOf(reply)).toBe(odd);
  });

  test('comes for a request with line breaks between its tokens', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.post(
      JSON.stringify(toolCall('echo', { text: 'a\nb' }), null, 2).replaceAll('\n', '\r\n'),
    );
    expect(textOf(reply)).toBe('a\nb');
  });

  test.each(['0', '-1', '""', '1.5', '9007199254740993', '12345678901234567890', '1e3'])(
    'keeps the id %s as the client wrote it',
    async (id) => {
      const session = await openSession((await startBridge()).url);
      const ping = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"same-id"}}`;
      expect((await session.post(ping)).text).toBe(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    },
  );

  test('keeps the type of the id', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const [number, string] = await Promise.all([
      session.call('slow', { ms: 50 }, { id: 7 }),
      session.call('echo', { text: 'x' }, { id: '7' }),
    ]);
    expect(number.answer).toMatchObject({ id: 7, result: { content: [{ text: 'slow' }] } });
    expect(string.answer).toMatchObject({ id: '7', result: { content: [{ text: 'x' }] } });
  });
});

describe('calls at the same time', () => {
  test('have their progress on their own streams', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const labels = ['a', 'b', 'c', 'd'];
    const replies = await Promise.all(
      labels.map((label) =>
        session.call('progress', { steps: 5, ms: 5, label }, { token: `token-${label}` }),
      ),
    );
    replies.forEach(({ messages }, index) => {
      const steps = messages.slice(0, -1);
      expect(steps).toHaveLength(5);
      for (const { params } of steps) {
        expect(params).toMatchObject({
          message: labels[index],
          progressToken: `token-${labels[index]}`,
        });
      }
    });
  });

  test('with one id: the second is refused at once, the first is answered', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const first = session.call('slow', { ms: 500 }, { id: 'same' });
    let answered = false;
    void first.then(() => (answered = true));
    await until(async () => {
      const second = await session.call('echo', { text: 'x' }, { id: 'same' });
      return second.status === 400 && second.answer.error?.code === -32600 && !answered;
    });
    expect(textOf(await first)).toBe('slow');
  });

  test('of two sessions: the log of one is never on a stream of the other', async () => {
    const { url } = await startBridge();
    const [a, b] = await Promise.all([openSession(url), openSession(url)]);
    const streamOfB = await b.listen();
    const callOfB = b.call('slow', { ms: 300 });
    const replyA = await a.call('log', { text: 'secret of a', ms: 20 });
    expect(replyA.messages[0]?.params?.data).toBe('secret of a');
    expect((await callOfB).messages).toHaveLength(1);
    expect(streamOfB.text()).not.toContain('secret');
  });
});
