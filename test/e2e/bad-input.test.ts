import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connect } from 'node:net';
import { ready, register } from '../support/adapters.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, post, textOf } from '../support/mcp.ts';

const RUNS = 150;

let gateway: RunningGateway;
let url: string;

beforeAll(async () => {
  gateway = await startGateway({ env: { MAX_BODY_BYTES: '65536' } });
  url = await register(gateway.url, { name: 'example', imageName: 'mcp-example' });
  await ready(gateway.url, 'example');
}, 60_000);

afterAll(async () => gateway.stop());

/** Whatever came before, a well-meant call is answered. */
async function expectAlive(): Promise<void> {
  const session = await openSession(url);
  expect(textOf(await session.call(url, 'whoami'))).not.toBe('');
}

describe('no input makes the gateway fail by its own fault', () => {
  test('any bytes instead of a request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect(ownFault(await raw(Buffer.from(bytes)))).toBe(false);
      }),
      { numRuns: RUNS },
    );
    await expectAlive();
  }, 120_000);

  test('any name of an adapter in the path', async () => {
    await fc.assert(
      fc.asyncProperty(
        pathSegment(),
        fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'),
        async (name, method) => {
          for (const path of [
            `/adapters/${name}/mcp`,
            `/adapters/${name}`,
            `/adapters/${name}/logs`,
            `/${name}`,
          ]) {
            expect(ownFault(await raw(head(method, path) + '\r\n'))).toBe(false);
          }
        },
      ),
      { numRuns: RUNS },
    );
    await expectAlive();
  }, 120_000);

  test('any JSON as a new adapter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), almostAnAdapter()), async (value) => {
        const response = await fetch(`${gateway.url}/adapters`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(value),
        });
        expect(await response.text()).not.toBe('');
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
    await expectAlive();
  }, 120_000);

  test('any session id, header value and body on an MCP path', async () => {
    const printable = fc.stringMatching(/^[!-~]{1,300}$/);
    await fc.assert(
      fc.asyncProperty(
        printable,
        printable,
        fc.string({ maxLength: 3000 }),
        async (id, version, body) => {
          for (const method of ['POST', 'GET', 'DELETE']) {
            const text = method === 'POST' ? body : '';
            const lines = [
              head(method, `/adapters/example/mcp?session_id=${encodeURIComponent(version)}`),
              `Mcp-Session-Id: ${id}\r\nMcp-Protocol-Version: ${version}\r\n`,
              `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`,
            ];
            expect(ownFault(await raw(lines.join('') + text))).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
    await expectAlive();
  }, 120_000);

  test('a body over the limit is 413, announced or not', async () => {
    const big = { jsonrpc: '2.0', id: 1, method: 'ping', params: { pad: 'x'.repeat(70_000) } };
    expect((await post(url, big)).status).toBe(413);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const chunked =
      head('POST', '/adapters/example/mcp') +
      'Transfer-Encoding: chunked\r\n\r\n' +
      chunk.repeat(6) +
      '0\r\n\r\n';
    expect(statusIn(await raw(chunked))).toBe(413);
    await expectAlive();
  });

  test('half-closed connections and requests that stop in the middle', async () => {
    const beginnings = [
      'POST /adapters/example/mcp HTTP/1.1\r\nHo',
      head('POST', '/adapters/example/mcp') + 'Content-Length: 1000\r\n\r\n{"jsonrpc"',
      head('POST', '/adapters/example/mcp') + 'Transfer-Encoding: chunked\r\n\r\n5\r\nab',
      head('GET', '/adapters/example/mcp') + '\r\n',
    ];
    for (const beginning of beginnings) {
      expect(ownFault(await raw(beginning, { thenEnd: true }))).toBe(false);
      await raw(beginning, { thenDestroy: true });
    }
    await expectAlive();
  });
});

function head(method: string, path: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nConnection: close\r\n`;
}

/** A path segment as careless or hostile clients write it: no blanks or line ends, all else. */
function pathSegment() {
  const odd = fc.constantFrom(
    '..',
    '%2e%2e',
    '%',
    '%zz',
    '%00',
    '//',
    'a%2Fb',
    '__proto__',
    'constructor',
    ';',
    '?',
    '#',
    '\\',
  );
  const part = fc.oneof(odd, fc.stringMatching(/^[!-~]{1,60}$/));
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
}

function almostAnAdapter() {
  return fc.record(
    {
      name: fc.oneof(
        fc.string(),
        fc.constantFrom('mcp-gateway', 'a'.repeat(41), 'toString', '-a', 'a-', '1a'),
      ),
      imageName: fc.oneof(
        fc.string(),
        fc.constantFrom('mcp-example', '../../etc', 'a..b', 'no-such-image'),
      ),
      imageVersion: fc.oneof(fc.string(), fc.constantFrom('1', 'latest', 'sha256:0')),
      environmentVariables: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.string())),
      secretEnvironmentVariables: fc.dictionary(
        fc.string(),
        fc.constantFrom('a/b', '../../x', 'a/../../b'),
      ),
      replicaCount: fc.oneof(fc.integer(), fc.double(), fc.string()),
      requiredRoles: fc.oneof(fc.jsonValue(), fc.array(fc.string())),
      path: fc.oneof(fc.string(), fc.constantFrom('/..', '//', '/a/../b')),
    },
    { requiredKeys: ['name'] },
  );
}

/** True for an answer that blames the gateway; no answer at all is the right one to half a request. */
function ownFault(answer: string): boolean {
  const status = statusIn(answer);
  return status !== undefined && status >= 500;
}

function statusIn(answer: string): number | undefined {
  const match = /^HTTP\/1\.1 (\d{3})/.exec(answer);
  return match ? Number(match[1]) : undefined;
}

/** Writes bytes to a socket of their own and returns what came back until it closed or was quiet for long. */
async function raw(
  bytes: string | Buffer,
  { thenEnd = false, thenDestroy = false } = {},
): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({
    host: hostname === 'localhost' ? '127.0.0.1' : hostname,
    port: Number(port),
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => undefined); // A reset is one way of being refused.
  socket.setTimeout(1500, () => socket.destroy());
  socket.write(bytes);
  if (thenEnd) socket.end();
  if (thenDestroy) socket.destroy();
  await closed;
  return Buffer.concat(received).toString('latin1');
}
