import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { runningApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

async function answerTo(head: string): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return text;
}

test.each([
  ['of a path', 'GET /adapters HTTP/1.1\r\nHost: localhost', 200],
  ['of a URL', 'GET http://localhost/adapters?limit=1 HTTP/1.1\r\nHost: localhost', 200],
  ['of a URL, its host in place of Host', 'GET http://localhost/adapters HTTP/1.1\r\nHost: evil.example', 200], // prettier-ignore
  ['of a URL of another host', 'GET http://evil.example/adapters HTTP/1.1\r\nHost: localhost', 403],
  ['of a URL of another kind', 'GET ftp://localhost/adapters HTTP/1.1\r\nHost: localhost', 400],
  ['of no URL', 'GET http://[::1/adapters HTTP/1.1\r\nHost: localhost', 400],
  ['with two hosts', 'GET /adapters HTTP/1.1\r\nHost: localhost\r\nHost: evil.example', 400],
])('a request %s', async (_, head, status) => {
  const text = await answerTo(head);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  if (status !== 200) expect(text).toContain('Content-Type: application/problem+json');
});
