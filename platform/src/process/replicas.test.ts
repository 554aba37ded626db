import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { imageCatalogue } from './images.ts';
import { processOrchestrator } from './orchestrator.ts';
import type { ProcessOrchestrator } from './orchestrator.ts';

const ECHO = [
  process.execPath,
  new URL('./fixtures/echo-server.mjs', import.meta.url).pathname,
] as const;
const LOG_BYTES = 64 * 1024;

let dataDir: string;
let orchestrator: ProcessOrchestrator;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'mcp-gateway-replicas-'));
  const quiet = () => undefined;
  orchestrator = await processOrchestrator({
    dataDir,
    images: imageCatalogue({
      file: join(dataDir, 'local-images.json'),
      builtIn: {
        echo: { command: ECHO, cwd: dataDir, environment: { FROM_IMAGE: '1', BOTH: 'image' } },
        'echo-readyz': { command: ECHO, cwd: dataDir, readiness: '/readyz' },
        crashing: { command: ['sh', '-c', 'exit 1'], cwd: dataDir },
        missing: { command: ['no-such-program', 'x'], cwd: dataDir },
        nowhere: { command: ECHO, cwd: join(dataDir, 'no-such-folder') },
      },
    }),
    environment: { PATH: process.env.PATH ?? '', HOST: 'of the gateway' },
    log: { debug: quiet, info: quiet, warn: quiet, error: console.error },
    timings: { backOff: 100, drain: 100, grace: 1_500, probeReady: 100 },
    logBytes: LOG_BYTES,
  });
});
afterEach(async () => {
  await orchestrator.close();
  rmSync(dataDir, { recursive: true });
});

const soon = <R>(check: () => R | Promise<R>) => eventually(15_000, check);
const conditions = async () => (await orchestrator.status(workload())).conditions;
const endpoints = () => orchestrator.endpoints.of(workload());
const ready = () =>
  soon(() => {
    const [endpoint] = endpoints();
    expect(endpoint).toMatchObject({ draining: false });
    return endpoint!;
  });

test('a readiness path decides, and what it waits for is told', async () => {
  const file = join(dataDir, 'ready');
  await orchestrator.apply(workload({ image: 'echo-readyz', environment: { READY_FILE: file } }));
  await soon(async () =>
    expect(await conditions()).toEqual([
      {
        reason: 'Starting',
        instance: 'adapter-weather-0',
        message: expect.stringMatching(/for \d+ s: waiting for the file\.$/),
      },
    ]),
  );
  expect(endpoints()).toEqual([]);
  writeFileSync(file, '');
  const { uid } = await ready();

  rmSync(file);
  await soon(() => expect(endpoints()).toMatchObject([{ uid, draining: true }]));
  expect(await conditions()).toMatchObject([
    { reason: 'NotReady', message: expect.stringContaining('waiting for the file') },
  ]);
  writeFileSync(file, '');
  expect((await ready()).uid).toBe(uid);
});

test('a port that somebody else was faster to take costs another port and nothing else', async () => {
  const once = join(dataDir, 'failed-once');
  await orchestrator.apply(workload({ environment: { FAIL_PORT_ONCE: once } }));
  await ready();
  expect(statSync(once).isFile()).toBe(true);
  expect(await conditions()).toEqual([]);
});

test('pauses between starts grow', async () => {
  await orchestrator.apply(workload({ image: 'crashing' }));
  for (const pause of ['0.1 s', '0.2 s', '0.4 s', '0.8 s']) {
    await soon(async () =>
      expect((await conditions())[0]?.message).toContain(
        `exit code 1 and is started again after a pause of ${pause}`,
      ),
    );
  }
});

test('a program or folder that does not exist is told by name', async () => {
  await orchestrator.apply(workload({ image: 'missing' }));
  await soon(async () =>
    expect((await conditions())[0]?.message).toMatch(
      /exit code 127.*[^]*no-such-program.*not found/,
    ),
  );
  await orchestrator.apply(workload({ image: 'nowhere' }));
  await soon(async () =>
    expect(await conditions()).toMatchObject([
      { reason: 'StartFailed', message: expect.stringContaining('no-such-folder does not exist') },
    ]),
  );
});

test('an image that is not known any more is told, and found once it is described', async () => {
  await orchestrator.apply(workload({ image: 'my-server' }));
  await soon(async () =>
    expect(await conditions()).toMatchObject([
      { reason: 'ImageNotFound', message: expect.stringContaining('local-images.json') },
    ]),
  );
  const images = { 'my-server:1.0': { command: ECHO } };
  writeFileSync(join(dataDir, 'local-images.json'), JSON.stringify({ images }));
  await ready();
});

test('secrets come from files; one that is missing is told with its path', async () => {
  const spec = workload({ secretEnvironment: { TOKEN: 'weather-api/key' } });
  const file = join(dataDir, 'secrets', 'weather-api', 'key');
  await expect(orchestrator.check(spec)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(`make the file ${file}`),
  });
  await orchestrator.apply(spec);
  await soon(async () =>
    expect(await conditions()).toMatchObject([
      {
        reason: 'SecretNotFound',
        message: expect.stringMatching(/TOKEN needs 'weather-api\/key'/),
      },
    ]),
  );
  mkdirSync(join(dataDir, 'secrets', 'weather-api'), { recursive: true });
  writeFileSync(file, 'hush\n');
  await orchestrator.check(spec);
  await ready();
  expect(await environment()).toMatchObject({ TOKEN: 'hush' });
});

test("a replica has the image's variables, its own over them, and an address that nobody can change", async () => {
  await orchestrator.apply(
    workload({ environment: { BOTH: 'workload', HOST: '0.0.0.0', OWN: '1' } }),
  );
  const { origin, uid } = await ready();
  const ofTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
  const seen = Object.fromEntries(
    Object.entries(await environment()).filter(([name]) => !ofTheShell.includes(name)),
  );
  expect(seen).toEqual({
    PATH: process.env.PATH,
    FROM_IMAGE: '1',
    BOTH: 'workload',
    OWN: '1',
    HOST: '127.0.0.1',
    MCP_GATEWAY_REPLICA: uid,
    PORT: new URL(origin).port,
  });
});

test('only a few replicas start at the same time, and all have ports of their own', async () => {
  const most = { starting: 0 };
  await orchestrator.apply(workload({ replicas: 7, environment: { START_DELAY_MS: '300' } }));
  await soon(async () => {
    const starting = (await conditions()).filter(({ reason }) => reason === 'Starting');
    most.starting = Math.max(most.starting, starting.length);
    expect(endpoints()).toHaveLength(7);
  });
  expect(most.starting).toBeGreaterThan(0);
  expect(most.starting).toBeLessThanOrEqual(3);
  expect(new Set(endpoints().map(({ origin }) => origin)).size).toBe(7);
}, 60_000);

test('a log is kept within its bound, and its end can be read and followed across the cut', async () => {
  await orchestrator.apply(workload());
  const { origin } = await ready();
  let followed = '';
  const enough = new AbortController();
  const follow = (async () => {
    for await (const part of await logs({ follow: true }, enough.signal)) followed += part;
  })();
  for (let round = 0; round < 3; round++) {
    await get(`${origin}/flood?lines=500`);
    await get(`${origin}/log?text=end-of-${round}`);
    await soon(() => expect(followed).toContain(`end-of-${round}\n`));
  }
  await soon(() => expect(logBytes()).toBeLessThanOrEqual(2 * LOG_BYTES));
  await get(`${origin}/log?text=after-the-cut`);
  await soon(() => expect(followed).toContain('after-the-cut\n'));
  enough.abort();
  await follow;
  expect(followed.split('\n').filter((line) => line.startsWith('end-of'))).toHaveLength(3);

  const tail = await textOf({ tail: 400 });
  expect(tail.trimEnd().split('\n')).toHaveLength(400);
  expect(tail).toMatch(/\nend-of-2\nafter-the-cut\n$/);
}, 60_000);

test('nobody reaches the replicas of a removed workload, or of an earlier one of the same name', async () => {
  await orchestrator.apply(workload({ environment: { IGNORE_TERM: '1' } }));
  await ready();
  await orchestrator.apply(workload({ uid: 'u2', environment: { IGNORE_TERM: '1' } }));
  expect(endpoints()).toEqual([]);
  expect(await orchestrator.status(workload())).toMatchObject({ readyReplicas: 0 });
  await ready();
  const removed = orchestrator.remove(workload());
  expect(endpoints()).toEqual([]);
  await removed;
});

test('removals end although the name is made again as soon as one has ended', async () => {
  await orchestrator.apply(workload({ environment: { IGNORE_TERM: '1' } }));
  await ready();
  const removals: Promise<void>[] = [];
  for (let count = 0; count < 4; count++) {
    removals.push(orchestrator.remove(workload()));
    await delay(6); // so that they look at different moments
  }
  await Promise.race(removals);
  await orchestrator.apply(workload({ uid: 'u2' }));
  await Promise.all(removals);
  await ready();
});

test('what a replica writes is for the owner of the gateway alone', async () => {
  await orchestrator.apply(workload());
  await ready();
  const files = readdirSync(join(dataDir, 'logs'), { recursive: true, withFileTypes: true });
  expect(files.some((file) => file.isFile())).toBe(true);
  for (const file of files) {
    const { mode } = statSync(join(file.parentPath, file.name));
    expect(mode & 0o077).toBe(0);
  }
  expect(statSync(join(dataDir, 'processes.sqlite')).mode & 0o777).toBe(0o600);
});

interface Change extends Omit<Partial<Workload>, 'image'> {
  readonly image?: string;
}

function workload({ image = 'echo', ...change }: Change = {}): Workload {
  return {
    kind: 'adapter',
    name: 'weather',
    uid: 'u1',
    image: { name: image, version: '1.0' },
    replicas: 1,
    environment: {},
    secretEnvironment: {},
    port: 8000,
    path: '/mcp',
    useWorkloadIdentity: false,
    ...change,
  };
}

async function get(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

async function environment(): Promise<Record<string, string>> {
  const { origin } = await ready();
  return JSON.parse(await get(`${origin}/environment`)) as Record<string, string>;
}

function logs(change: Partial<LogOptions>, signal: AbortSignal) {
  const options = { instance: 0, tail: 1_000, previous: false, follow: false, ...change };
  return orchestrator.logs(workload(), options, signal);
}

async function textOf(change: Partial<LogOptions>): Promise<string> {
  let text = '';
  for await (const part of await logs(change, AbortSignal.timeout(15_000))) text += part;
  return text;
}

function logBytes(): number {
  const files = readdirSync(join(dataDir, 'logs'), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.log'))
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
