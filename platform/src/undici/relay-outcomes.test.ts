import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
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

test('a refused connection says that nothing was sent', async () => {
  const gone = createTcpServer();
  await once(gone.listen(0, '127.0.0.1'), 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  const { front, outcomes } = await setup(() => undefined, { origin: `http://127.0.0.1:${port}` });
  const response = await fetch(front.origin, { method: 'POST', body: 'x' });
  expect(await response.json()).toEqual({ kind: 'refused' });
  expect(outcomes).toMatchObject([{ kind: 'refused', answered: false }]);
});

test('a server that hangs up before its answer is told from one that refused', async () => {
  const { front } = await setup((request) => request.socket.destroy());
  const response = await fetch(front.origin, { method: 'POST', body: 'x' });
  expect(await response.json()).toEqual({ kind: 'failed' });
});

test('a server that speaks no HTTP is a failure', async () => {
  const odd = createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n'));
  await once(odd.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(async () => {
    await once(odd.close(), 'close');
  });
  const { port } = odd.address() as AddressInfo;
  const { front } = await setup(() => undefined, { origin: `http://127.0.0.1:${port}` });
  expect(await (await fetch(front.origin)).json()).toEqual({ kind: 'failed' });
});

test('redirects are never followed', async () => {
  let visited = 0;
  const { front, outcomes } = await setup((_, response) => {
    visited++;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const response = await fetch(front.origin, { redirect: 'manual' });
  expect(await response.json()).toEqual({ kind: 'redirected' });
  expect(outcomes).toEqual([{ kind: 'redirected', answered: false, status: 307 }]);
  expect(visited).toBe(1);
});

test('a server that does not begin to answer is given up, and its side closed', async () => {
  let closed = false;
  const { front } = await setup((_, response) => response.on('close', () => (closed = true)), {
    answerTimeoutSeconds: 0.2,
  });
  expect(await (await fetch(front.origin)).json()).toEqual({ kind: 'timeout' });
  await until(() => closed);
});

test('an answer that has begun may take as long as it likes', async () => {
  const { front } = await setup(
    (_, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 900);
    },
    { answerTimeoutSeconds: 0.2 },
  );
  expect(await (await fetch(front.origin)).text()).toBe('ab');
});

test.each(['Content-Length: 100', 'Transfer-Encoding: chunked'])(
  'an answer that breaks off (%s) breaks off for the client, too',
  async (framing) => {
    const [name, value] = framing.split(': ') as [string, string];
    const { front, outcomes } = await setup((_, response) => {
      response.writeHead(200, { [name]: value });
      response.write('half', () => response.socket?.destroySoon());
    });
    const response = await fetch(front.origin);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    await until(() => outcomes.length === 1);
    expect(outcomes).toMatchObject([{ kind: 'broken', answered: true, status: 200 }]);
  },
);

test('a client of HTTP/1.0 sees a reset instead of an end when the answer breaks off', async () => {
  const { net, front } = await setup((_, response) => {
    response.write('half', () => response.socket?.destroySoon());
  });
  const client = await net.client(front.port);
  const errors: unknown[] = [];
  client.socket.on('error', (error) => errors.push(error));
  client.send('GET / HTTP/1.0\r\n\r\n');
  await client.closed;
  expect(errors).toMatchObject([{ code: 'ECONNRESET' }]);
});

test.each(['before the head', 'after the head'])(
  'a client that leaves %s ends the exchange at the server at once',
  async (when) => {
    const events: string[] = [];
    const { net, front, outcomes } = await setup((_, response) => {
      events.push('open');
      response.on('close', () => events.push('closed'));
      if (when === 'after the head') response.write('a');
    });
    const client = await net.client(front.port);
    client.send(GET);
    await until(() => (when === 'after the head' ? client.received().length : events.length) > 0);
    client.socket.destroy();
    await until(() => events.includes('closed'));
    await until(() => outcomes.length === 1);
    expect(outcomes[0]!.kind).toBe('gone');
  },
);

test('a client that leaves during its upload ends it at the server', async () => {
  let received = '';
  let aborted = false;
  const { net, front, outcomes } = await setup((request) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()));
    request.on('error', () => (aborted = true));
  });
  const client = await net.client(front.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
  await until(() => received === 'half');
  client.socket.destroy();
  await until(() => aborted);
  await until(() => outcomes.length === 1);
  expect(outcomes[0]!.kind).toBe('gone');
});

test('a pipelined request ends with its connection', async () => {
  let open = 0;
  const { net, front, outcomes } = await setup((_, response) => {
    open++;
    response.on('close', () => open--);
  });
  const client = await net.client(front.port);
  client.send(GET + GET);
  await until(() => open === 2);
  client.socket.destroy();
  await until(() => open === 0 && outcomes.length === 2);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['gone', 'gone']);
});

test('a streamed body over the limit is refused, and the client can read that', async () => {
  const { net, front } = await setup((request) => request.resume(), { maxBodyBytes: 10 });
  const client = await net.client(front.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  client.send(`40\r\n${'x'.repeat(64)}\r\n`);
  await until(() => client.received().includes('{"kind":"too_large"}'));
  expect(client.received()).toContain('Connection: close');
  await client.closed;
});

test('closing cuts what is open', async () => {
  const { net, relay, front, outcomes } = await setup((_, response) => response.write('a'));
  const client = await net.client(front.port);
  client.send(GET);
  await until(() => client.received().includes('a'));
  await relay.close();
  await client.closed;
  await until(() => outcomes.length === 1);
});
