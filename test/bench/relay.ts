import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf } from './bridge/contenders.ts';
import { CONCURRENCIES, ECHO_HTTP } from './bridge/throughput.ts';
import { assemble } from './client/crowd.ts';
import { adapterPath, register } from './gateway.ts';
import { keepSelfTo } from './machine.ts';
import { NGINX_MISSING, startNginx } from './nginx.ts';
import { freePort, start } from './processes.ts';
import { compare } from './rounds.ts';
import type { Crowd } from './client/crowd.ts';
import type { Machine } from './machine.ts';
import type { Running } from './processes.ts';
import type { Run } from './rounds.ts';

/** The gateway among the subjects. */
export const GATEWAY = 'gateway';

/** Who is compared in front of one and the same server. */
export const RELAY_SUBJECTS = ['direct', 'nginx', GATEWAY] as const;

const ADAPTER = 'echo';

/** Name of a scenario of relayed calls; every virtual client has a session of its own. */
export const relayScenario = (concurrency: number) => `relay, C=${concurrency}`;

/** The gateway against nginx and against nothing, all in front of the server that the gateway has started. */
export async function relay(run: Run, machine: Machine): Promise<void> {
  const pinned = machine.taskset && machine.cores > 1;
  const core = pinned ? 0 : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const gateway = await startGateway(folder, core);
  const stops = [() => gateway.stop()];
  if (pinned) keepSelfTo('1');
  try {
    const portFile = join(folder, 'echo-port');
    const environmentVariables = { ECHO_PORT_FILE: portFile };
    await register(gateway.port, { name: ADAPTER, imageName: ADAPTER, environmentVariables });
    const connections = Math.max(...CONCURRENCIES);
    const all = { sessions: connections, connections };
    const contenders: Contestant[] = [];
    const path = adapterPath(ADAPTER);
    const gatewayCrowd = await assemble({ port: gateway.port, path }, all);
    const backend = Number(readFileSync(portFile, 'utf8'));
    const add = async (subject: string, port: number, pids: readonly number[]) => {
      contenders.push({ subject, pids, crowd: await assemble({ port, path: '/mcp' }, all) });
    };
    await add('direct', backend, []);
    if (machine.nginx === undefined) {
      run.say(`  ${NGINX_MISSING}: it is left out`);
    } else {
      const nginx = await startNginx(backend, core);
      stops.push(() => nginx.stop());
      await add('nginx', nginx.port, nginx.pids);
    }
    contenders.push({ subject: GATEWAY, pids: [gateway.pid], crowd: gatewayCrowd });
    await compareAll(run, contenders);
  } finally {
    if (pinned) keepSelfTo(`0-${machine.cores - 1}`);
    await Promise.all(stops.map((stop) => stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Contestant {
  readonly subject: string;
  readonly pids: readonly number[];
  readonly crowd: Crowd;
}

async function compareAll(run: Run, contestants: readonly Contestant[]): Promise<void> {
  for (const concurrency of CONCURRENCIES) {
    await compare(
      run,
      relayScenario(concurrency),
      contestants.map(({ subject, pids, crowd }) => ({
        subject,
        pids,
        callers: crowd.connections.slice(0, concurrency).map((_, index) => crowd.own(index)),
      })),
    );
  }
  for (const { crowd } of contestants) crowd.close();
}

async function startGateway(folder: string, core: number | undefined): Promise<Running> {
  const bundle = bundleOf('gateway');
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing: npm run bundle`);
  const images = { images: { [ADAPTER]: { command: [process.execPath, ECHO_HTTP] } } };
  const file = join(folder, 'local-images.json');
  writeFileSync(file, JSON.stringify(images));
  const managementPort = await freePort();
  return start({
    command: () => [process.execPath, bundle],
    environment: (port) => ({
      HOST: '127.0.0.1',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      DATA_DIR: join(folder, 'data'),
      LOCAL_IMAGES: file,
    }),
    core,
  });
}
