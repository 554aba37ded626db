import { echoCall } from '../client/calls.ts';
import { connect } from '../client/connection.ts';
import { closeSession, openSession, post, readMessage, requestBody } from '../client/mcp-client.ts';
import { SERVERS } from '../peers.ts';
import { descendants, memory, openFiles, pause, start } from '../processes.ts';
import { inTurn } from '../rounds.ts';
import { BRIDGES, bridging, OURS } from './contenders.ts';
import { endpoint } from './throughput.ts';
import type { Connection } from '../client/connection.ts';
import type { Session } from '../client/mcp-client.ts';
import type { Running } from '../processes.ts';
import type { Run } from '../rounds.ts';
import type { Bridge } from './contenders.ts';

const SETTLE_MS = 1_000; // a spare child is up after this, and a garbage collection over
const AZURE_SETTLE_MS = 3_000;
const SESSION_COUNTS = [50, 200] as const;
const CHURNED_SESSIONS = 800;

/** The scenario of starting a bridge. */
export const START_SCENARIO = 'start';

/** From the start of a bridge until it listens. */
export function startTimes(run: Run): Promise<void> {
  run.say('start → listening');
  const turn = (subject: Bridge) => ({
    subject,
    act: async () => {
      const running = await start(bridging(subject, SERVERS.echo));
      run.ledger.record({ scenario: START_SCENARIO, subject, metric: 'ms' }, running.startMs);
      await running.stop();
    },
  });
  return inTurn(run, START_SCENARIO, BRIDGES.map(turn));
}

/** Name of the scenario of opening sessions. */
export const openScenario = (server: string) => `open session, ${server}`;

/** Opening a session once a spare child, where there is one, has had time to start. */
export async function openTimes(run: Run): Promise<void> {
  for (const server of ['echo', 'everything'] as const) {
    run.say(openScenario(server));
    await openEach(run, server, SETTLE_MS, BRIDGES);
  }
  run.say(openScenario('azure'));
  await openEach(run, 'azure', AZURE_SETTLE_MS, [OURS]);
}

async function openEach(
  run: Run,
  server: keyof typeof SERVERS,
  settleMs: number,
  bridges: readonly Bridge[],
): Promise<void> {
  const scenario = openScenario(server);
  const running = new Map<Bridge, Running>();
  const turn = (subject: Bridge) => ({
    subject,
    act: async () => {
      const bridge = running.get(subject) ?? (await start(bridging(subject, SERVERS[server])));
      running.set(subject, bridge);
      await pause(settleMs);
      const connection = await connect(bridge.port);
      const before = performance.now();
      const session = await openSession(connection, endpoint(bridge));
      if (server === 'azure') await listTools(connection, session);
      run.ledger.record({ scenario, subject, metric: 'ms' }, performance.now() - before);
      await closeSession(connection, session);
      connection.close();
    },
  });
  try {
    await inTurn(run, scenario, bridges.map(turn));
  } finally {
    await Promise.all([...running.values()].map((bridge) => bridge.stop()));
  }
}

async function listTools(connection: Connection, session: Session): Promise<void> {
  const id = session.nextId();
  readMessage(await connection.exchange(post(session, requestBody(id, 'tools/list', '{}'))), id);
}

/** The scenario of resident memory. */
export const MEMORY_SCENARIO = 'memory';

/** Resident memory of a bridge, without its children, with ever more sessions that made one call each. */
export function memoryBySessions(run: Run): Promise<void> {
  run.say('memory with 0, 50 and 200 sessions');
  const turn = (subject: Bridge) => ({
    subject,
    act: async () => {
      const bridge = await start(bridging(subject, SERVERS.echo));
      try {
        await measureMemory(run, subject, bridge);
      } finally {
        await bridge.stop();
      }
    },
  });
  return inTurn(run, MEMORY_SCENARIO, BRIDGES.map(turn));
}

async function measureMemory({ ledger }: Run, subject: string, bridge: Running): Promise<void> {
  const record = (metric: string, value: number) =>
    ledger.record({ scenario: MEMORY_SCENARIO, subject, metric }, value);
  await pause(SETTLE_MS);
  record('idle', memory(bridge.pid));
  const childrenBefore = descendants(bridge.pid).length;
  let open = 0;
  for (const count of SESSION_COUNTS) {
    for (; open < count; open++) await openAndCall(bridge);
    await pause(SETTLE_MS);
    record(String(count), memory(bridge.pid));
  }
  record('processes', descendants(bridge.pid).length - childrenBefore);
}

async function openAndCall(bridge: Running): Promise<void> {
  const connection = await connect(bridge.port);
  const session = await openSession(connection, endpoint(bridge));
  await echoCall(connection, session)();
  connection.close();
}

/** The scenario of sessions that come and go. */
export const CHURN_SCENARIO = '800 sessions opened and deleted';

/** What our bridge has left after many sessions came and went. */
export function churn(run: Run): Promise<void> {
  run.say(CHURN_SCENARIO);
  const act = async () => {
    const bridge = await start(bridging(OURS, SERVERS.echo));
    try {
      await openAndDelete(bridge);
      await pause(SETTLE_MS);
      const before = remains(bridge.pid);
      for (let session = 0; session < CHURNED_SESSIONS; session++) await openAndDelete(bridge);
      await pause(SETTLE_MS * 3);
      const after = remains(bridge.pid);
      for (const metric of ['files', 'children', 'memory'] as const) {
        const measure = { scenario: CHURN_SCENARIO, subject: OURS, metric };
        run.ledger.record(measure, after[metric] - before[metric]);
      }
    } finally {
      await bridge.stop();
    }
  };
  return inTurn({ ...run, repeats: 1 }, CHURN_SCENARIO, [{ subject: OURS, act }]);
}

function remains(pid: number) {
  return { files: openFiles(pid), children: descendants(pid).length, memory: memory(pid) };
}

async function openAndDelete(bridge: Running): Promise<void> {
  const connection = await connect(bridge.port);
  const session = await openSession(connection, endpoint(bridge));
  await echoCall(connection, session)();
  await closeSession(connection, session);
  connection.close();
}
