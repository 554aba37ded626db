import { fileURLToPath } from 'node:url';
import { listCall } from '../client/calls.ts';
import { assemble } from '../client/crowd.ts';
import { openPipes } from '../client/pipes.ts';
import { SERVERS } from '../peers.ts';
import { start } from '../processes.ts';
import { compare } from '../rounds.ts';
import { TOOL_COUNT } from '../servers/example-tools.ts';
import { BRIDGES, bridging, bridgingUrl, OURS } from './contenders.ts';
import type { Crowd } from '../client/crowd.ts';
import type { Running } from '../processes.ts';
import type { Contender, Run } from '../rounds.ts';

/** Concurrent calls at which throughput is measured. */
export const CONCURRENCIES = [1, 16, 64] as const;

/** The cheap HTTP server. */
export const ECHO_HTTP = fileURLToPath(new URL('../servers/echo-http.ts', import.meta.url));
const ALL_SESSIONS = { sessions: 16, connections: 64 };
const ONE_SESSION = { sessions: 1, connections: 64 };

/** Name of a scenario of calls. */
export const throughputScenario = (server: string, sessions: number, concurrency: number) =>
  `${server}, ${sessions === 1 ? '1 session' : `${sessions} sessions`}, C=${concurrency}`;

/** Calls of `echo`, through every bridge and straight, in one session and in sixteen. */
export async function echoThroughput(run: Run, server: 'echo' | 'everything'): Promise<void> {
  const bridges = await startBridges(run, server);
  const floor = await startEchoHttp();
  const pipes = await openPipes(SERVERS[server]);
  try {
    const bare = await assemble(endpoint(floor), ONE_SESSION);
    for (const sessions of [1, 16]) {
      const crowds = await assembleAll(run, server, bridges, sessions);
      for (const concurrency of CONCURRENCIES) {
        const contenders = crowds.map(({ subject, pids, crowd }) => ({
          subject,
          pids,
          callers: crowd.echo(concurrency),
        }));
        const floors = [
          { subject: 'bare http', pids: [floor.pid], callers: bare.echo(concurrency) },
          {
            subject: 'pipes',
            pids: [],
            callers: Array.from({ length: concurrency }, () => pipes.echo),
          },
        ];
        await compare(run, throughputScenario(server, sessions, concurrency), [
          ...contenders,
          ...(sessions === 1 ? floors : []),
        ]);
      }
      for (const { crowd } of crowds) crowd.close();
    }
    bare.close();
  } finally {
    pipes.close();
    await Promise.all([floor, ...bridges.map(({ running }) => running)].map((each) => each.stop()));
  }
}

/** The scenario of large answers. */
export const LIST_SCENARIO = '75 kB tools/list, 1 session, C=16';

/** Large answers from a cheap child. */
export async function listThroughput(run: Run): Promise<void> {
  const bridges = await startBridges(run, 'echo');
  try {
    const crowds = await assembleAll(run, LIST_SCENARIO, bridges, 1);
    const contenders = crowds.map(({ subject, pids, crowd }): Contender => ({
      subject,
      pids,
      callers: crowd.connections
        .slice(0, 16)
        .map((connection) => listCall(connection, crowd.sessions[0]!, TOOL_COUNT)),
    }));
    await compare(run, LIST_SCENARIO, contenders);
    for (const { crowd } of crowds) crowd.close();
  } finally {
    await Promise.all(bridges.map(({ running }) => running.stop()));
  }
}

/** Name of a scenario of our bridge in front of a remote server. */
export const remoteScenario = (concurrency: number) => `MCP_PROXY_URL, C=${concurrency}`;

/** Our bridge in front of a remote server, against that server itself. */
export async function remoteThroughput(run: Run): Promise<void> {
  const remote = await startEchoHttp();
  let bridge: Running | undefined;
  try {
    bridge = await start(bridgingUrl(`http://127.0.0.1:${remote.port}/mcp`));
    const direct = await assemble(endpoint(remote), ALL_SESSIONS);
    const bridged = await assemble(endpoint(bridge), ALL_SESSIONS);
    for (const concurrency of [1, 16]) {
      await compare(run, remoteScenario(concurrency), [
        { subject: OURS, pids: [bridge.pid], callers: bridged.echo(concurrency) },
        { subject: 'bare http', pids: [remote.pid], callers: direct.echo(concurrency) },
      ]);
    }
    direct.close();
    bridged.close();
  } finally {
    await Promise.all([bridge?.stop(), remote.stop()]);
  }
}

function startEchoHttp(): Promise<Running> {
  return start({
    command: () => [process.execPath, ECHO_HTTP],
    environment: (port) => ({ PORT: String(port) }),
  });
}

/** The MCP endpoint of a server that listens. */
export const endpoint = ({ port }: { readonly port: number }) => ({ port, path: '/mcp' });

interface StartedBridge {
  readonly subject: string;
  readonly running: Running;
}

async function startBridges(
  run: Run,
  server: keyof typeof SERVERS,
): Promise<readonly StartedBridge[]> {
  const bridges: StartedBridge[] = [];
  for (const subject of BRIDGES) {
    try {
      bridges.push({ subject, running: await start(bridging(subject, SERVERS[server])) });
    } catch (error) {
      run.ledger.fail(`start, ${server}`, subject, String(error));
      run.say(`  ${subject} does not start: ${String(error)}`);
    }
  }
  return bridges;
}

interface BridgeCrowd {
  readonly subject: string;
  readonly pids: readonly number[];
  readonly crowd: Crowd;
}

async function assembleAll(
  run: Run,
  server: string,
  bridges: readonly StartedBridge[],
  sessions: number,
): Promise<readonly BridgeCrowd[]> {
  const crowds: BridgeCrowd[] = [];
  for (const { subject, running } of bridges) {
    try {
      const crowd = await assemble(endpoint(running), { sessions, connections: 64 });
      crowds.push({ subject, pids: [running.pid], crowd });
    } catch (error) {
      run.ledger.fail(`${sessions} sessions, ${server}`, subject, String(error));
      run.say(`  ${subject} opens no session: ${String(error)}`);
    }
  }
  return crowds;
}
