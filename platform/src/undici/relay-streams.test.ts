import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { until } from './testing/loopback.ts';
import { GET, relaySetup } from './testing/relay-setup.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const setup: typeof relaySetup = async (...options) => {
  const made = await relaySetup(...options);
  cleanups.push(made.close);
  return made;
};

test('the head goes on before there is any body', async () => {
  const held: ServerResponse[] = [];
  const { front } = await setup((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    held.push(response);
  });
  const response = await fetch(front.origin);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  held[0]!.end('data: x\n\n');
  expect(await response.text()).toBe('data: x\n\n');
});

test('a client that does not read stops the server, not the memory', async () => {
  let sent = 0;
  let ended = false;
  const block = Buffer.alloc(64 * 1024);
  const { net, front } = await setup((_, response) => {
    const more = (): void => {
      while (!ended && sent < 512 * block.length) {
        sent += block.length;
        if (!response.write(block)) return void response.once('drain', more);
      }
    };
    response.on('close', () => (ended = true));
    more();
  });
  const client = await net.client(front.port);
  client.socket.pause();
  client.send(GET);
  let before = -1;
  await until(() => sent > 0);
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(sent).toBeLessThan(256 * block.length);
  client.socket.resume();
  await until(() => sent === 512 * block.length);
});

test('a server that does not read stops the upload, not the memory', async () => {
  const { net, front } = await setup((request) => void request.pause(), {
    maxBodyBytes: 1_000_000_000,
  });
  const client = await net.client(front.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n');
  const block = Buffer.alloc(64 * 1024);
  let sent = 0;
  let before = -1;
  while (before !== sent) {
    before = sent;
    while (sent < 100_000_000 - block.length && client.socket.writableLength < 2 * block.length) {
      client.socket.write(block);
      sent += block.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(sent).toBeLessThan(50_000_000);
});

test('silent event streams get heartbeats, and only between lines', async () => {
  const held: ServerResponse[] = [];
  const { net, front } = await setup(
    (_, response) => {
      held.push(response);
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.flushHeaders();
    },
    { heartbeatSeconds: 0.1 },
  );
  const client = await net.client(front.port);
  client.send(GET);
  await until(() => client.received().split(':\n').length > 3);
  held[0]!.write('data: ha');
  await until(() => client.received().includes('data: ha'));
  const inside = client.received().length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(client.received().length).toBe(inside);
  held[0]!.write('lf\n');
  await until(() => /lf\n[^]*:\n/.test(client.received()));
  held[0]!.end('\n');
  await until(() => client.received().endsWith('0\r\n\r\n'));
});

test.each([
  ['application/json', undefined],
  ['text/event-stream', 'gzip'],
])('nothing is written into %s with encoding %s', async (type, encoding) => {
  const { net, front } = await setup(
    (_, response) => {
      response.setHeader('content-type', type);
      if (encoding !== undefined) response.setHeader('content-encoding', encoding);
      response.flushHeaders();
    },
    { heartbeatSeconds: 0.05 },
  );
  const client = await net.client(front.port);
  client.send(GET);
  await until(() => client.received().includes('\r\n\r\n'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.received()).toMatch(/\r\n\r\n$/);
});

test('a stream that is ended ends at the end of a line, others stay', async () => {
  const held: ServerResponse[] = [];
  const { net, ends, front, outcomes } = await setup((_, response) => {
    held.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: ha');
  });
  const [get, post] = [await net.client(front.port), await net.client(front.port)];
  get.send(GET);
  post.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  await until(() => [get, post].every((client) => client.received().includes('data: ha')));
  for (const { method, end } of ends) if (method === 'GET') end({ everything: false });
  expect(get.received()).not.toContain('0\r\n\r\n');
  for (const response of held) response.write('lf\n');
  await until(() => get.received().endsWith('lf\n\r\n0\r\n\r\n'));
  await until(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([{ kind: 'done', answered: true, status: 200 }]);
  await until(() => post.received().includes('lf\n'));
  expect(post.received()).not.toContain('0\r\n\r\n');
});

test('a connection that was slowed down for one answer is not slow for the next', async () => {
  // Bytes of our own: with its head, the large one is just what is read at once and more than is buffered for a client.
  const { front, outcomes } = await setup(({ socket, url }) => {
    const body = Buffer.alloc(url === '/small' ? 5 : 65_450);
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(Buffer.concat([head, body]));
  });
  // The last write of the first answer says that it has to wait, but an answer that has ended never says go on.
  for (let round = 0; round < 5; round++) {
    const large = await fetch(`${front.origin}/large`);
    expect((await large.arrayBuffer()).byteLength).toBe(65_450);
    const small = await fetch(`${front.origin}/small`, { signal: AbortSignal.timeout(10_000) });
    expect((await small.arrayBuffer()).byteLength).toBe(5);
  }
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']));
});
