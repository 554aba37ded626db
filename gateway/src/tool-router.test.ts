import type { ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { listen } from './server.ts';
import { routerLink } from './tool-router.ts';

const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
function nothing(): void {
  // a test reads no log
}

/** The internal port of a gateway on a cluster, whose calls are answered when the test says so. */
async function setup() {
  const free = await listen(() => undefined, '127.0.0.1', 0);
  await free.close();
  const calls: ServerResponse[] = [];
  const link = await routerLink({
    router: {
      secrets: ['a secret that is long enough to be one'],
      endpoints: { of: () => [], changed: () => Promise.resolve() },
    },
    plane: {
      handles: () => true,
      handle: (_, response) => void calls.push(response),
      drain: (deadline) => until(() => deadline.aborted || calls.every(({ closed }) => closed)),
    },
    host: '127.0.0.1',
    port: free.port,
    log,
  });
  return { link, calls, call: () => fetch(`http://127.0.0.1:${free.port}/tools/weather/call`) };
}

test('when the gateway ends, calls of the router get their time, and no new one is taken', async () => {
  const { link, calls, call } = await setup();
  const running = call();
  await until(() => calls.length === 1);
  await link.leave(10);
  const other = call();
  await until(() => calls.length === 2);
  calls[1]?.end();
  expect((await other).headers.get('connection')).toBe('close');
  const ended = link.drain(AbortSignal.timeout(60_000));
  await expect(call()).rejects.toThrow('fetch failed');
  calls[0]?.end('sunny');
  const answer = await running;
  expect(await answer.text()).toBe('sunny');
  await ended;
  await link.close();
});

test('at the deadline they are cut', async () => {
  const { link, calls, call } = await setup();
  const running = call();
  await until(() => calls.length === 1);
  const broken = expect(running).rejects.toThrow('fetch failed');
  await link.drain(AbortSignal.timeout(20));
  await broken;
});
