import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send as sendTo, type Extras, type Sent } from '../testing/send.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

const SPEC = { name: 'weather', imageName: 'team/weather', imageVersion: '1.0.0' };

const send = (method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Sent> =>
  sendTo(method, `${api.url}${path}`, { body, ...extras });

test('logs are plain text, of one replica, with the last lines asked for', async () => {
  await send('POST', '/adapters', SPEC);
  const all = await send('GET', '/adapters/weather/logs');
  expect(all).toMatchObject({ status: 200, text: 'one\ntwo\n' });
  expect(all.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect((await send('GET', '/adapters/weather/logs?tail=1&instance=0')).text).toBe('two\n');
  expect((await send('GET', '/adapters/weather/logs?instance=1')).status).toBe(404);
  for (const query of ['instance=-1', 'tail=x', 'follow=yes', 'sinceSeconds=0']) {
    expect((await send('GET', `/adapters/weather/logs?${query}`)).status).toBe(400);
  }
});

test('followed logs arrive as they come and end the moment the client leaves', async () => {
  await send('POST', '/adapters', SPEC);
  const ended = new Promise<void>((resolve) => {
    const { logs } = api.orchestrator;
    api.orchestrator.logs = (id, options, signal) => {
      signal.addEventListener('abort', () => resolve());
      return logs(id, options, signal);
    };
  });
  const response = await fetch(`${api.url}/adapters/weather/logs?follow=true`, {
    headers: { 'x-dev-userid': 'ann' },
  });
  for await (const chunk of response.body ?? []) {
    expect(Buffer.from(chunk as Uint8Array).toString()).toContain('one');
    break; // cancels the body, so the connection closes
  }
  await ended;
});

test('followed logs end well when the gateway stops', async () => {
  await send('POST', '/adapters', SPEC);
  const following = fetch(`${api.url}/adapters/weather/logs?follow=true`, {
    headers: { 'x-dev-userid': 'ann' },
  });
  const text = (await following).text();
  api.stopping.abort();
  expect(await text).toBe('one\ntwo\n');
});

test('a log without end waits for a client that does not read', async () => {
  await send('POST', '/adapters', SPEC);
  let written = 0;
  api.orchestrator.logs = (_id, _options, signal) =>
    Promise.resolve(
      (async function* () {
        for (; !signal.aborted && written < 100_000_000; written += 65_536) {
          yield 'x'.repeat(65_536);
          await new Promise(setImmediate);
        }
      })(),
    );
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET /adapters/weather/logs?follow=true HTTP/1.1\r\nHost: localhost\r\nX-Dev-UserId: ann\r\n\r\n`); // prettier-ignore
  for (let before = -1; before !== written || written === 0;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(written).toBeLessThan(50_000_000);
  socket.destroy();
});
