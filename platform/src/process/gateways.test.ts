import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { endGroup, processId } from './process-table.ts';
import { ReplicaRecord } from './records.ts';

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;
const SOON_MS = 20_000;
const soon = <R>(check: () => R | Promise<R>) => eventually(SOON_MS, check);
// Processes outside the group are found by /proc, which only Linux has.
const onLinux = process.platform === 'linux' ? test : test.skip;
const Endpoints = z.array(
  z.object({ instance: z.string(), uid: z.string(), origin: z.string(), draining: z.boolean() }),
);

let dataDir: string;
let gateways: ChildProcess[];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mcp-gateway-gateways-'));
  gateways = [];
});
afterEach(async () => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  await Promise.all(recorded().flatMap(({ process }) => (process ? [endGroup(process, 0)] : [])));
  rmSync(dataDir, { recursive: true });
});

test('what a killed gateway has left runs on until the next start, which ends it and begins anew', async () => {
  const first = await gateway();
  await first.ask('apply', workload({ replicas: 2 }));
  const before = await first.ready(2);
  const origin = before[0]!.origin;
  const child = Number(await text(`${origin}/child`));
  const pids = [...(await pidsOf(before)), child];
  await first.kill();
  expect(pids.map(isRunning)).toEqual([true, true, true]);

  const second = await gateway();
  expect(pids.map(isRunning)).toEqual([false, false, false]);
  expect(await second.endpoints()).toEqual([]);
  await second.ask('apply', workload({ replicas: 1 }));
  const after = await second.ready(1);
  expect(before.map(({ uid }) => uid)).not.toContain(after[0]!.uid);
  await second.close();
}, 60_000);

test('a process that merely has the number of an old one is left alone', async () => {
  const first = await gateway();
  await first.ask('apply', workload());
  await first.ready(1);
  await first.kill();
  const [replica] = recorded();
  await endGroup(replica!.process!, 0);
  const stranger = spawn('sleep', ['600'], { detached: true });
  try {
    edit({ ...replica!, process: { pid: stranger.pid!, started: replica!.process!.started } });
    const second = await gateway();
    expect(isRunning(stranger.pid!)).toBe(true);
    await second.close();
    expect(isRunning(stranger.pid!)).toBe(true);
  } finally {
    stranger.kill('SIGKILL');
  }
}, 60_000);

test('replicas outlive the gateway that started them while another lives, which looks after them within a second', async () => {
  const [first, second] = [await gateway(), await gateway()];
  await second.ask('apply', workload({ replicas: 2 }));
  const before = await first.ready(2);
  await soon(async () => expect(await second.endpoints()).toEqual(before));
  const pids = await pidsOf(before);

  await first.kill();
  const killed = performance.now();
  process.kill(pids[0]!, 'SIGKILL');
  await soon(async () => {
    const now = await second.endpoints();
    expect(now.some(({ uid }) => uid === before[0]!.uid)).toBe(false);
    expect(now).toContainEqual(before[1]);
  });
  expect(performance.now() - killed).toBeLessThan(5_000); // on a busy machine; a second on an idle one

  const after = await second.ready(2);
  expect(after).toContainEqual(before[1]);
  expect(after.map(({ instance }) => instance)).toContain(before[0]!.instance);
  await second.close();
  expect(recorded()).toEqual([]);
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
}, 60_000);

test('the end of a replica is seen by every gateway', async () => {
  const [first, second] = [await gateway(), await gateway()];
  await first.ask('apply', workload());
  const [before] = await second.ready(1);
  const [pid] = await pidsOf([before!]);
  process.kill(pid!, 'SIGKILL');
  for (const each of [first, second]) {
    await soon(async () =>
      expect((await each.endpoints()).some(({ uid }) => uid === before!.uid)).toBe(false),
    );
  }
  await second.ready(1);
  await Promise.all([first.close(), second.close()]);
}, 60_000);

test('a graceful end hands over while another gateway lives; the last one ends everything', async () => {
  const [first, second] = [await gateway(), await gateway()];
  await first.ask('apply', workload({ replicas: 2 }));
  const before = await second.ready(2);
  const pids = await pidsOf(before);
  await first.close();
  expect(pids.map(isRunning)).toEqual([true, true]);
  await second.ask('apply', workload({ replicas: 3 }));
  expect(await second.ready(3)).toEqual(expect.arrayContaining(before));
  await second.close();
  expect(pids.map(isRunning)).toEqual([false, false]);
}, 60_000);

test('a gateway that does not supervise removes and changes like the one that does', async () => {
  const [first, second] = [await gateway(), await gateway()];
  await second.ask('apply', workload());
  const [before] = await second.ready(1);
  await second.ask('remove', workload());
  expect(await second.ask('status', workload())).toMatchObject({ image: '' });
  await soon(async () => expect(await second.endpoints()).toEqual([]));
  await expect(text(before!.origin)).rejects.toThrow();
  await Promise.all([first.close(), second.close()]);
}, 60_000);

test('a supervisor that hangs is replaced, and looks on when it is back', async () => {
  const [first, second] = [await gateway(), await gateway()];
  await first.ask('apply', workload({ replicas: 2 }));
  const before = await second.ready(2);
  const [pid] = await pidsOf(before);
  first.signal('SIGSTOP');
  process.kill(pid!, 'SIGKILL');
  await soon(async () => {
    const now = await second.endpoints();
    expect(now).toHaveLength(2);
    expect(now).toContainEqual(before[1]);
    expect(now).not.toContainEqual(before[0]);
  });
  const after = await second.endpoints();
  first.signal('SIGCONT');
  await first.ask('apply', workload({ replicas: 3 }));
  const final = await first.ready(3);
  expect(final).toEqual(expect.arrayContaining(after));
  expect(await second.ready(3)).toEqual(final);
  const pids = await pidsOf(final);
  await first.close();
  expect(await second.ready(3)).toEqual(final);
  await second.close();
  expect(pids.map(isRunning)).toEqual([false, false, false]);
}, 60_000);

test('what ignores TERM is killed when its grace is over, together with all that it started', async () => {
  const only = await gateway();
  await only.ask('apply', workload({ environment: { IGNORE_TERM: '1' } }));
  const [endpoint] = await only.ready(1);
  const [pid] = await pidsOf([endpoint!]);
  const child = Number(await text(`${endpoint!.origin}/child`));
  await only.close();
  expect([pid!, child].map(isRunning)).toEqual([false, false]);
}, 60_000);

onLinux(
  'what a replica has started outside its group ends with it, however it ends',
  async () => {
    const only = await gateway();
    await only.ask('apply', workload());
    for (const end of ['exit', 'kill', 'remove']) {
      const [endpoint] = await only.ready(1);
      const [pid] = await pidsOf([endpoint!]);
      const stray = Number(await text(`${endpoint!.origin}/child?detached`));
      expect(isRunning(stray)).toBe(true);
      if (end === 'exit') await text(`${endpoint!.origin}/exit?code=0`);
      if (end === 'kill') process.kill(pid!, 'SIGKILL');
      if (end === 'remove') await only.ask('remove', workload());
      await soon(() => expect(isRunning(stray)).toBe(false));
      await soon(async () =>
        expect((await only.endpoints()).map(({ uid }) => uid)).not.toContain(endpoint!.uid),
      );
    }
    await only.close();
  },
  60_000,
);

onLinux(
  'however often gateways are killed, no process is left that is not recorded',
  async () => {
    const marker = `marker-${process.pid}-${Date.now()}`;
    for (let round = 0; round < 4; round++) {
      const each = await gateway();
      const spec = workload({ replicas: 4, environment: { MARKER: marker } });
      void each.ask('apply', spec).catch(() => undefined);
      if (round % 2 === 1)
        await soon(async () => expect(await withVariable(marker)).not.toEqual([]));
      await each.kill();
    }
    const last = await gateway();
    await last.close();
    expect(recorded()).toEqual([]);
    expect(await withVariable(marker)).toEqual([]);
  },
  60_000,
);

/** The processes of this machine that have `MARKER` so set. */
async function withVariable(marker: string): Promise<string[]> {
  const { stdout } = spawn('sh', ['-c', `grep -ls MARKER=${marker} /proc/[0-9]*/environ`]);
  let found = '';
  for await (const chunk of stdout) found += String(chunk);
  return found.split('\n').filter(Boolean);
}

function workload(change: Partial<Workload> = {}): Workload {
  return {
    kind: 'adapter',
    name: 'weather',
    uid: 'u1',
    image: { name: 'echo', version: '1.0' },
    replicas: 1,
    environment: {},
    secretEnvironment: {},
    port: 8000,
    path: '/mcp',
    useWorkloadIdentity: false,
    ...change,
  };
}

async function gateway() {
  const options = JSON.stringify({
    dataDir,
    images: { echo: { command: [process.execPath, fixture('echo-server.mjs')], cwd: dataDir } },
    timings: { backOff: 100, drain: 100, grace: 1_500, supervisorSilence: 3_000 },
  });
  const child = spawn(process.execPath, ['--no-warnings', fixture('gateway.mjs'), options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  gateways.push(child);
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the gateway has ended');
    return JSON.parse(value);
  };
  expect(await next()).toEqual({ started: child.pid });
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (command: string, argument?: unknown): Promise<unknown> => {
    turn = turn.then(async () => {
      child.stdin.write(`${JSON.stringify({ command, argument })}\n`);
      return z.object({ result: z.unknown() }).parse(await next()).result;
    });
    return turn;
  };
  const endpoints = async () => Endpoints.parse(await ask('endpoints', workload()));
  return {
    ask,
    endpoints,
    ready: (count: number) =>
      soon(async () => {
        const found = await endpoints();
        expect(found.filter(({ draining }) => !draining)).toHaveLength(count);
        return found;
      }),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    close: async () => {
      await ask('close');
      child.stdin.end();
      await exited;
      expect(child.exitCode).toBe(0);
    },
  };
}

async function text(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

function pidsOf(endpoints: z.output<typeof Endpoints>): Promise<number[]> {
  return Promise.all(endpoints.map(async ({ origin }) => Number(await text(origin))));
}

function isRunning(pid: number): boolean {
  return processId(pid) !== undefined;
}

function recorded(): ReplicaRecord[] {
  const database = new DatabaseSync(join(dataDir, 'processes.sqlite'));
  try {
    return database
      .prepare('SELECT value FROM replicas')
      .all()
      .map(({ value }) => ReplicaRecord.parse(JSON.parse(String(value))));
  } finally {
    database.close();
  }
}

function edit(replica: ReplicaRecord): void {
  const database = new DatabaseSync(join(dataDir, 'processes.sqlite'));
  database.prepare('UPDATE replicas SET value = ?').run(JSON.stringify(replica));
  database.close();
}
