import { bigAnswerCall, bigAnswerRequest, bigRequestCall, echoCall } from '../client/calls.ts';
import { connect } from '../client/connection.ts';
import { openSession, post, readMessage, requestBody } from '../client/mcp-client.ts';
import { probeStalls } from '../client/stalls.ts';
import { SERVERS } from '../peers.ts';
import { forgetPeak, memory, pause, start } from '../processes.ts';
import { inTurn } from '../rounds.ts';
import { BRIDGES, bridging } from './contenders.ts';
import { endpoint } from './throughput.ts';
import type { Connection } from '../client/connection.ts';
import type { Session } from '../client/mcp-client.ts';
import type { Running } from '../processes.ts';
import type { Run } from '../rounds.ts';
import type { Bridge } from './contenders.ts';

const MIB = 1024 * 1024;
const BIG = 10 * MIB;
const SAMPLES = 3;
const SETTLE_MS = 500;
const SLOW_READERS = 16;
const SLOW_ANSWER = 8 * MIB;
const SLOW_MS = 4_000;

/** The scenarios of this file. */
export const PAYLOADS = {
  answer: '10 MiB answer',
  request: '10 MiB request',
  crash: 'child killed during a call',
  slow: 'slow reader, 16 answers of 8 MiB',
} as const;

type Act = (run: Run, subject: Bridge, bridge: Running) => Promise<void>;

/** Each payload in a bridge started for it, since some do not survive it. */
export async function payloads(run: Run): Promise<void> {
  await each(run, PAYLOADS.answer, bigAnswer);
  await each(run, PAYLOADS.request, bigRequest);
  await each(run, PAYLOADS.crash, childKilled);
  await each({ ...run, repeats: Math.min(run.repeats, 3) }, PAYLOADS.slow, slowReader);
}

function each(run: Run, scenario: string, act: Act): Promise<void> {
  run.say(scenario);
  const turn = (subject: Bridge) => ({
    subject,
    act: async () => {
      const bridge = await start(bridging(subject, SERVERS.echo));
      try {
        await act(run, subject, bridge);
      } finally {
        await bridge.stop();
      }
    },
  });
  return inTurn(run, scenario, BRIDGES.map(turn));
}

async function bigAnswer({ ledger }: Run, subject: string, bridge: Running): Promise<void> {
  const scenario = PAYLOADS.answer;
  const { connection, session } = await warm(bridge);
  const probe = await probeStalls(endpoint(bridge));
  try {
    const call = bigAnswerCall(connection, session, BIG);
    for (let sample = 0; sample < SAMPLES; sample++) {
      await pause(SETTLE_MS);
      await probe.worst();
      const before = performance.now();
      await call();
      ledger.record({ scenario, subject, metric: 'ms' }, performance.now() - before);
      ledger.record({ scenario, subject, metric: 'stall' }, await probe.worst());
    }
  } finally {
    connection.close();
    await probe.close();
  }
}

async function bigRequest({ ledger }: Run, subject: string, bridge: Running): Promise<void> {
  const scenario = PAYLOADS.request;
  const { connection, session } = await warm(bridge);
  const call = bigRequestCall(connection, session, BIG);
  for (let sample = 0; sample < SAMPLES; sample++) {
    await pause(SETTLE_MS);
    const before = performance.now();
    await call();
    ledger.record({ scenario, subject, metric: 'ms' }, performance.now() - before);
  }
  connection.close();
}

async function childKilled({ ledger }: Run, subject: string, bridge: Running): Promise<void> {
  const { connection, session } = await warm(bridge);
  const child = Number(await tool(connection, session, 'pid'));
  const pending = connection.exchange(toolRequest(session, session.nextId(), 'silent'));
  await pause(SETTLE_MS);
  const before = performance.now();
  process.kill(child, 'SIGKILL');
  await pending;
  const measure = { scenario: PAYLOADS.crash, subject, metric: 'ms' };
  ledger.record(measure, performance.now() - before);
  connection.close();
}

async function slowReader({ ledger }: Run, subject: string, bridge: Running): Promise<void> {
  const { connection, session } = await warm(bridge);
  const readers: Connection[] = [];
  for (let reader = 0; reader < SLOW_READERS; reader++) readers.push(await connect(bridge.port));
  forgetPeak(bridge.pid);
  for (const reader of readers) {
    reader.neverRead(bigAnswerRequest(session, session.nextId(), SLOW_ANSWER));
  }
  await pause(SLOW_MS);
  const measure = { scenario: PAYLOADS.slow, subject, metric: 'peak' };
  ledger.record(measure, memory(bridge.pid, 'peak'));
  for (const reader of [connection, ...readers]) reader.close();
}

/** A session that has made some calls. */
async function warm(bridge: Running): Promise<{ connection: Connection; session: Session }> {
  const connection = await connect(bridge.port);
  const session = await openSession(connection, endpoint(bridge));
  const echo = echoCall(connection, session);
  for (let call = 0; call < 100; call++) await echo();
  return { connection, session };
}

async function tool(connection: Connection, session: Session, name: string): Promise<string> {
  const id = session.nextId();
  const answer = await connection.exchange(toolRequest(session, id, name));
  return readMessage(answer, id).content?.[0]?.text ?? '';
}

function toolRequest(session: Session, id: number, name: string): string {
  return post(session, requestBody(id, 'tools/call', `{"name":"${name}","arguments":{}}`));
}
