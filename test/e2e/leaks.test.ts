import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { ready, register } from '../support/adapters.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, textOf } from '../support/mcp.ts';
import { processesMarked } from '../support/processes.ts';
import { until } from '../support/until.ts';

const SESSIONS = 200;
const STDIO_SERVER = 'test/fixtures/everything/main-stdio.ts';

let gateway: RunningGateway;
const mark = `LEAK_TEST_MARK=${randomUUID()}`;

beforeAll(async () => {
  gateway = await startGateway({ env: {} });
});

afterAll(async () => {
  await gateway.stop();
  await until(
    'nothing is left of what was started',
    15_000,
    async () => (await marked()).length === 0,
  );
});

test('200 sessions opened and dropped leave no child and no growth after the idle time', async () => {
  const [name, value] = mark.split('=') as [string, string];
  const url = await register(gateway.url, {
    name: 'leaky',
    imageName: 'mcp-proxy',
    environmentVariables: {
      MCP_COMMAND: process.execPath,
      MCP_ARGS: STDIO_SERVER,
      MCP_MAX_SESSIONS: '60',
      MCP_IDLE_TIMEOUT_SECONDS: '3',
      [name]: value,
    },
  });
  await ready(gateway.url, 'leaky');
  await (await openWithPatience(url)).end(url);
  const idle = await settled();
  expect(idle).toBeGreaterThan(1);
  const descriptors = await openDescriptors();

  for (let opened = 0; opened < SESSIONS; opened += 20) {
    const batch = Array.from({ length: 20 }, async (_, i) => {
      const session = await openWithPatience(url);
      // A third says goodbye, a third has called, a third just goes away.
      if (i % 3 === 0) await session.end(url);
      if (i % 3 === 1) expect(textOf(await session.call(url, 'test_simple_text'))).not.toBe('');
    });
    await Promise.all(batch);
  }

  await until('the children of dropped sessions are gone', 60_000, async () => {
    const now = (await marked()).length;
    return now <= idle || `${now} processes, ${idle} before`;
  });
  await until('what was opened is closed', 60_000, async () => {
    const now = await openDescriptors();
    return now <= descriptors + 5 || `${now} descriptors, ${descriptors} before`;
  });
}, 300_000);

/** Over the cap the bridge says 503 until idle sessions have been reaped. */
async function openWithPatience(url: string) {
  let session: Awaited<ReturnType<typeof openSession>> | undefined;
  await until('a session under the cap', 60_000, async () => {
    session = await openSession(url);
    return true;
  });
  return session!;
}

/** The number of processes once it has not changed for a second: the spare child is there. */
async function settled(): Promise<number> {
  let last = -1;
  let since = Date.now();
  await until('a stable number of processes', 30_000, async () => {
    const now = (await marked()).length;
    if (now !== last) [last, since] = [now, Date.now()];
    return Date.now() - since > 1000;
  });
  return last;
}

/** Open files and sockets of the gateway and of everything that it runs. */
async function openDescriptors(): Promise<number> {
  const pids = [gateway.pid, ...(await marked()).map(({ pid }) => pid)];
  const lists = await Promise.all(pids.map((pid) => readdir(`/proc/${pid}/fd`)));
  return lists.flat().length;
}

async function marked() {
  return processesMarked(mark);
}
