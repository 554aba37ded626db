import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import { listen, openSession, toolCall, until } from '../testing/client.ts';

afterEach(stopBridges);

describe('the GET stream', () => {
  test('gets what came while nobody listened', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    await session.call('changed');
    const first = await session.listen();
    await until(() => first.messages.length === 1);
    expect(first.messages[0]?.method).toBe('notifications/tools/list_changed');
    first.close();
    await until(async () => {
      const probe = await session.listen();
      probe.close();
      return probe.status === 200;
    });
    await session.call('changed');
    const second = await session.listen();
    await until(() => second.messages.length === 1);
  });

  test('gets no more than so many messages that waited, the newest', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    await Promise.all(Array.from({ length: 120 }, () => session.call('changed')));
    await session.call('later', { ms: 0, method: 'notifications/resources/updated', note: 'last' });
    await session.call('slow', { ms: 50 });
    const stream = await session.listen();
    await until(() => stream.messages.some(({ params }) => params?.note === 'last'));
    expect(stream.messages).toHaveLength(100);
  });

  test('is one: a second is refused with 409', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    await session.listen();
    expect((await session.listen()).status).toBe(409);
  });

  test('has heartbeats', async () => {
    const { url } = await startBridge({ tuning: { heartbeatMs: 60 } });
    const session = await openSession(url);
    const stream = await session.listen();
    await until(() => stream.text().includes(': \n\n'));
  });

  test('has a lists-changed notice even while a call runs', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const stream = await session.listen();
    const reply = await session.call('changed');
    expect(reply.messages).toHaveLength(1);
    await until(() => stream.messages.length === 1);
  });
});

describe('a question of the child', () => {
  test('comes on the stream of the running call, and the answer that is posted reaches the child', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const stream = await listen(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...session.headers },
      body: JSON.stringify(toolCall('sample', {}, { id: 's' })),
    });
    await until(() => stream.messages.length === 1);
    const [question] = stream.messages;
    expect(question).toMatchObject({ id: 'question-s', method: 'sampling/createMessage' });
    const accepted = await session.post({
      jsonrpc: '2.0',
      id: question?.id,
      result: { role: 'assistant' },
    });
    expect(accepted).toMatchObject({ status: 202, text: '' });
    await until(() => stream.messages.length === 2);
    expect(stream.messages[1]?.result?.content?.[0]?.text).toBe('{"role":"assistant"}');
  });

  test('that came while nobody listened goes on the stream of the next call', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    await session.call('ask-later');
    await session.call('slow', { ms: 50 }, { headers: { accept: 'application/json' } });
    const stream = await listen(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...session.headers },
      body: JSON.stringify(toolCall('heard')),
    });
    await until(() => stream.messages.length === 1);
    expect(stream.messages[0]).toMatchObject({ id: 'later', method: 'roots/list' });
    await session.post({ jsonrpc: '2.0', id: 'later', result: { roots: [] } });
    await until(() => stream.messages.length === 2);
  });
});
