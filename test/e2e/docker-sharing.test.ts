import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { scopeFilter, scopeOf } from '@mcp-gateway/platform/docker/names';
import { dockerOrchestrator } from '@mcp-gateway/platform/docker/orchestrator';
import type { DockerOrchestrator } from '@mcp-gateway/platform/docker/orchestrator';
import { buildImage, dockerHere } from '../support/docker.ts';
import { startImageRegistry } from '../support/image-registry.ts';
import type { ImageRegistry } from '../support/image-registry.ts';
import { until } from '../support/until.ts';

const ECHO = new URL('../../platform/src/process/fixtures/echo-server.mjs', import.meta.url);
const DEADLINE = 30_000;
const found = await dockerHere();
const docker = found!; // used only where there is one

let registry: ImageRegistry;
let dataDir: string;
let scope: string;
let secrets: Record<string, string> | Error;
let open: DockerOrchestrator[];

const joined = async (dockerHost = process.env.DOCKER_HOST): Promise<DockerOrchestrator> => {
  const orchestrator = await dockerOrchestrator({
    dockerHost,
    dataDir,
    registry: registry.host,
    secrets: () => {
      if (secrets instanceof Error) throw secrets;
      return secrets;
    },
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    timings: { backOff: 300, drain: 200, grace: 2_000 },
  });
  open.push(orchestrator);
  return orchestrator;
};
const leave = async (orchestrator: DockerOrchestrator): Promise<void> => {
  open = open.filter((each) => each !== orchestrator);
  await orchestrator.close();
};
const workload = (change: Partial<Workload> = {}): Workload => ({
  kind: 'adapter',
  name: 'sharing',
  uid: 'uid-1',
  image: { name: 'sharing-echo', version: '1' },
  replicas: 1,
  environment: {},
  secretEnvironment: {},
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
  ...change,
});
const containers = async () => {
  const all = await docker.listContainers({ all: true, filters: scopeFilter(scope) });
  return all.map(({ Id }) => Id).sort();
};
const ready = (of: DockerOrchestrator, count: number, name = 'sharing') =>
  until(`${count} ready`, DEADLINE, () => {
    const endpoints = of.endpoints.of({ kind: 'adapter', name });
    return endpoints.length === count && endpoints.every(({ draining }) => !draining);
  });
const condition = (of: DockerOrchestrator, reason: string, words: RegExp) =>
  until(`${reason} ${words}`, DEADLINE, async () => {
    const { conditions } = await of.status(workload());
    const [first] = conditions;
    return (first?.reason === reason && words.test(first.message)) || JSON.stringify(conditions);
  });

(found ? describe : describe.skip)('Docker on one machine', () => {
  beforeAll(async () => {
    registry = await startImageRegistry();
    await buildImage(docker, `${registry.host}/sharing-echo:1`, ['node', 'echo-server.mjs'], [ECHO.pathname]); // prettier-ignore
  }, 120_000);
  afterAll(async () => {
    await docker.getImage(`${registry.host}/sharing-echo:1`).remove({ force: true });
    await registry.close();
  });
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-gateway-docker-'));
    scope = scopeOf(dataDir);
    secrets = {};
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((orchestrator) => orchestrator.close()));
    rmSync(dataDir, { recursive: true });
    expect(await containers()).toEqual([]);
  }, 60_000);

  test('two gateways see the same and do not fight; the replicas stay while one of them lives', async () => {
    const [one, two] = [await joined(), await joined()];
    await one.apply(workload({ replicas: 2 }));
    await Promise.all([ready(one, 2), ready(two, 2)]);
    expect(two.endpoints.of(workload())).toEqual(one.endpoints.of(workload()));
    expect(await two.status(workload())).toEqual(await one.status(workload()));

    const victim = one.endpoints.of(workload())[0]!;
    await fetch(new URL('/exit?code=1', victim.origin));
    await until('both see the new replica', DEADLINE, () => {
      const [left, right] = [one, two].map((each) => each.endpoints.of(workload()));
      return left?.length === 2 && left.every(({ uid }) => uid !== victim.uid) && JSON.stringify(left) === JSON.stringify(right); // prettier-ignore
    });

    const before = two.endpoints.of(workload());
    await leave(one);
    expect(two.endpoints.of(workload())).toEqual(before);
    await two.apply(workload({ replicas: 1, environment: { A: '1' } }));
    await until('replaced', DEADLINE, async () => {
      const { updatedReplicas, readyReplicas } = await two.status(workload());
      return updatedReplicas === 1 && readyReplicas === 1 && two.endpoints.of(workload()).length === 1; // prettier-ignore
    });
  }, 120_000);

  test('what one gateway applies while another removes ends as one of both, for good', async () => {
    const [one, two] = [await joined(), await joined()];
    for (let round = 0; round < 3; round++) {
      await one.apply(workload({ uid: `uid-${round}` }));
      await two.remove(workload());
      await until('nothing is left', DEADLINE, async () => (await containers()).length === 0);
    }
    expect(await one.list()).toEqual([]);
  }, 120_000);

  test('after a kill -9 the next gateway keeps what is wanted, with its sessions, and removes the rest', async () => {
    const program = `
      import { dockerOrchestrator } from '@mcp-gateway/platform/docker/orchestrator';
      const quiet = () => undefined;
      const orchestrator = await dockerOrchestrator({ dockerHost: process.env.DOCKER_HOST, dataDir: ${JSON.stringify(dataDir)},
        registry: ${JSON.stringify(registry.host)}, secrets: () => ({}), log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
      for (const workload of ${JSON.stringify([workload(), workload({ name: 'forgotten' })])}) {
        await orchestrator.apply(workload);
        while (orchestrator.endpoints.of(workload).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      console.log(orchestrator.endpoints.of(${JSON.stringify(workload())})[0].uid);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: new URL('..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer]; // as node:stream documents
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await containers()).toHaveLength(2);
    rmSync(join(dataDir, 'docker', 'workloads', 'adapter-forgotten.json'));

    const next = await joined();
    await ready(next, 1);
    expect(next.endpoints.of(workload())[0]?.uid).toBe(line.toString().trim());
    await until('the forgotten one is gone', DEADLINE, async () => (await containers()).length === 1); // prettier-ignore
  }, 120_000);

  test('a replica that somebody removed by hand comes back', async () => {
    const one = await joined();
    await one.apply(workload());
    await ready(one, 1);
    const [id = ''] = await containers();
    await docker.getContainer(id).remove({ force: true });
    await until('another one', DEADLINE, async () => !(await containers()).includes(id));
    await ready(one, 1);
  }, 60_000);

  test('a container reaches neither its neighbours nor more than it may, and is reached on loopback alone', async () => {
    const one = await joined();
    await Promise.all([one.apply(workload()), one.apply(workload({ name: 'neighbour' }))]);
    await Promise.all([ready(one, 1), ready(one, 1, 'neighbour')]);
    const all = await Promise.all((await containers()).map((id) => docker.getContainer(id).inspect())); // prettier-ignore
    const addresses = all.flatMap(({ NetworkSettings }) =>
      Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
    );
    for (const { Id, NetworkSettings } of all) {
      const ports = Object.values(NetworkSettings.Ports).flat();
      expect(ports.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1']);
      const script = `
        const tell = (what, ok) => console.log(what + '=' + ok);
        tell('uid', process.getuid());
        const write = (path) => { try { require('fs').writeFileSync(path, ''); return true; } catch { return false; } };
        tell('root', write('/x')); tell('tmp', write('/tmp/x')); tell('home', write(process.env.HOME + '/x'));
        for (const host of ${JSON.stringify(addresses)}) {
          const socket = require('net').connect({ host, port: 8000, timeout: 1500 });
          const end = (ok) => { tell(host, ok); socket.destroy(); };
          socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
        }`;
      const said = await run(Id, ['node', '-e', script]);
      expect(said).toMatch(/uid=1100\nroot=false\ntmp=true\nhome=true/);
      const own = addresses.filter((address) => said.includes(`${address}=true`));
      expect(own).toHaveLength(1);
    }
  }, 60_000);

  test('secrets reach the server; a missing one is said to, and used as soon as it is there', async () => {
    secrets = new Error('The variable TOKEN needs a file.');
    const one = await joined();
    await one.apply(workload({ secretEnvironment: { TOKEN: 'weather/token' } }));
    await condition(one, 'SecretNotFound', /TOKEN needs a file/);
    secrets = { TOKEN: 'value' };
    await ready(one, 1);
    const [endpoint] = one.endpoints.of(workload());
    const environment = await (await fetch(new URL('/environment', endpoint?.origin))).json();
    expect(environment).toMatchObject({ TOKEN: 'value', PORT: '8000' });
  }, 60_000);

  test('an image is pulled with its progress in the status; one that is not there says so, and is used when it comes', async () => {
    registry.pauseMs = 150;
    const one = await joined();
    await one.apply(workload({ image: { name: 'sharing-late', version: '1' } }));
    await condition(
      one,
      'ImagePullBackOff',
      /sharing-late:1 cannot be pulled: .*(not found|unknown)/,
    );
    registry.offer('sharing-late', '1', 6_000_000);
    await condition(one, 'Pulling', /layer 0\/1, [\d.]+ MB/);
    registry.pauseMs = 0;
    // It holds nothing that could be run, which is the next thing to be said.
    await condition(one, 'CrashLoopBackOff', /exec .payload/);
    await one.remove(workload());
    await docker.getImage(`${registry.host}/sharing-late:1`).remove({ force: true });
  }, 60_000);

  test('an engine that is away for a while is said to be, and nothing is lost', async () => {
    let way = await socketWay(join(dataDir, 'way.sock'));
    const one = await joined(way.dockerHost);
    await one.apply(workload());
    await ready(one, 1);
    const before = one.endpoints.of(workload());
    await way.close();

    await expect(one.check(workload())).rejects.toMatchObject({ code: 'unavailable' });
    await one.apply(workload({ replicas: 2 }));
    await condition(one, 'EngineUnavailable', /does not do its work/);
    expect(one.endpoints.of(workload())).toEqual(before);
    expect(await (await fetch(before[0]!.origin)).text()).not.toBe('');
    await one.remove({ kind: 'adapter', name: 'never-there' });
    await expect(one.remove(workload({ name: 'sharing' }))).rejects.toMatchObject({ code: 'unavailable' }); // prettier-ignore

    way = await socketWay(join(dataDir, 'way.sock'));
    await one.apply(workload({ replicas: 2 }));
    await ready(one, 2);
    expect(one.endpoints.of(workload())).toContainEqual(before[0]);
    await leave(one);
    await way.close();
  }, 60_000);

  test('a server that takes more memory than it may is said to', async () => {
    const one = await joined();
    await one.apply(
      workload({
        resources: { limits: { memory: '64Mi' } },
        environment: { NODE_OPTIONS: '--import=data:text/javascript,globalThis.hog=Buffer.alloc(200e6,1)' }, // prettier-ignore
      }),
    );
    await condition(one, 'OOMKilled', /memory/);
  }, 60_000);
});

/** A way to the engine that can be cut. */
async function socketWay(path: string) {
  const target = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    dockerHost: `unix://${path}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function run(id: string, command: string[]): Promise<string> {
  const exec = await docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.replaceAll('\r', '');
}
