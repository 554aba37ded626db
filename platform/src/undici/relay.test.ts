import { afterEach, expect, test } from '@jest/globals';
import { until } from './testing/loopback.ts';
import { GET, relaySetup, textOf } from './testing/relay-setup.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const setup: typeof relaySetup = async (...options) => {
  const made = await relaySetup(...options);
  cleanups.push(made.close);
  return made;
};

test('a request and its answer pass whole, with repeated headers and any status', async () => {
  const { front, outcomes } = await setup((request, response) => {
    void textOf(request).then((body) => {
      response.writeHead(418, ['X-Twice', '1', 'X-Twice', '2', 'X-Path', request.url ?? '']);
      response.end(`${request.method} ${String(request.headers['x-up'])} ${body}`);
    });
  });
  const response = await fetch(`${front.origin}/a?b=c`, { method: 'POST', body: 'größe' });
  expect(response.status).toBe(418);
  expect(response.headers.get('x-twice')).toBe('1, 2');
  expect(response.headers.get('x-path')).toBe('/a?b=c');
  expect(await response.text()).toBe('POST yes größe');
  await until(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([{ kind: 'done', answered: true, status: 418 }]);
});

test('methods that nobody has heard of pass', async () => {
  const { front } = await setup((request, response) => response.end(request.method));
  const response = await fetch(front.origin, { method: 'PROPFIND' });
  expect(await response.text()).toBe('PROPFIND');
});

test.each([204, 304])('%d has no body and leaves the connection usable', async (status) => {
  const { net, front } = await setup((_, response) => response.writeHead(status).end());
  const client = await net.client(front.port);
  client.send(GET);
  await until(() => client.received().includes('\r\n\r\n'));
  client.send(GET);
  await until(() => client.received().split(`HTTP/1.1 ${status}`).length === 3);
  expect(client.received()).not.toContain('Transfer-Encoding');
});

test('HEAD keeps the length of a body that is not there', async () => {
  const { front } = await setup((_, response) =>
    response.writeHead(200, { 'content-length': 5 }).end(),
  );
  const response = await fetch(front.origin, { method: 'HEAD' });
  expect(response.headers.get('content-length')).toBe('5');
});

test('informational answers are left out', async () => {
  const { front } = await setup((_, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</x>; rel=preload' });
    response.end('real');
  });
  expect(await (await fetch(front.origin)).text()).toBe('real');
});

test('connections are kept and used again', async () => {
  const ports = new Set<number | undefined>();
  const { front } = await setup((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('x');
  });
  for (let call = 0; call < 20; call++) await (await fetch(front.origin)).text();
  expect(ports.size).toBe(1);
});

test('a connection that the server has closed meanwhile costs nobody an error', async () => {
  const { front, back } = await setup((_, response) => response.end('x'));
  for (let call = 0; call < 5; call++) {
    expect(await (await fetch(front.origin)).text()).toBe('x');
    back.server.closeAllConnections();
  }
});

test('chunked bodies stream, declared lengths stay', async () => {
  const { net, front } = await setup((request, response) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    void textOf(request).then((body) => response.end(`[${length} ${encoding} ${body}]`));
  });
  const client = await net.client(front.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
  client.send('1\r\nc\r\n0\r\n\r\n');
  await until(() => client.received().includes('[undefined chunked abc]'));
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc');
  await until(() => client.received().includes('[3 undefined abc]'));
});

test('an answer that comes before the end of the upload reaches the client', async () => {
  const { net, front } = await setup((_, response) => response.writeHead(401).end('no'));
  const client = await net.client(front.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf');
  await until(() => client.received().includes('HTTP/1.1 401'));
  await client.closed;
  expect(client.received()).toMatch(/no\r\n0\r\n\r\n$/);
});
