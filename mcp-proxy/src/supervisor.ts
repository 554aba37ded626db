import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Log } from '@mcp-gateway/core/ports/log';
import { type ChildExit, describeExit } from './child/child-exit.ts';
import type { Child } from './child/child.ts';
import type { ChildPool } from './child/child-pool.ts';
import { type Era, type Finding, probeEra } from './era-probe.ts';
import { createGate } from './gate.ts';
import type { Tuning } from './tuning.ts';

/** Knows which era the server speaks, and whether it works at all. */
export interface Supervisor {
  readonly start: () => void;
  readonly stop: () => void;
  /** The era, as soon as it is known and while the server works. */
  readonly era: () => Era | undefined;
  /** Waits for the era. Throws `unavailable` while the server does not start, `upstream_timeout` when it takes too long. */
  readonly known: () => Promise<Era>;
  /** The primed child of the probe, once. */
  readonly firstModern: () => Child | undefined;
  /** To be told of each child. */
  readonly watch: (child: Child) => void;
  /** What is going on, in words for the owner of the server. */
  readonly detail: () => string;
}

export interface SupervisorOptions {
  readonly pool: ChildPool;
  readonly command: string;
  readonly initTimeoutMs: number;
  readonly tuning: Tuning;
  readonly log: Log;
}

interface State {
  /** Known while the server works. */
  era: Era | undefined;
  /** Why it does not. */
  failure: string | undefined;
  since: number;
  stopped: boolean;
  /** The child whose words tell what is going on. */
  suspect: Child | undefined;
  first: Child | undefined;
  /** Children in a row that exited without ever having answered. */
  deaths: number;
}

const CRASH_LOOP = 3;

function freshState(): State {
  return {
    era: undefined,
    failure: undefined,
    since: Date.now(),
    stopped: false,
    suspect: undefined,
    first: undefined,
    deaths: 0,
  };
}

/** Probes the server until it answers, and again whenever its children keep dying before their first answer. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { pool, command, tuning, log } = options;
  const gate = createGate<Era>();
  const state = freshState();
  const detail = (): string => describe(state, command);

  const probe = async (): Promise<boolean> => {
    const finding = await find(options, state);
    if (finding.kind === 'era') {
      Object.assign(state, { era: finding.era, failure: undefined, deaths: 0 });
      log.info({ era: finding.era.kind, milliseconds: Date.now() - state.since }, 'server answers');
      gate.open(finding.era);
      return true;
    }
    const exited = finding.kind === 'exit';
    state.failure = exited
      ? describeExit(finding.exit)
      : `The server did not answer within ${options.initTimeoutMs / 1000} s`;
    gate.fail(unavailable(detail(), exited ? 'unavailable' : 'upstream_timeout'));
    return false;
  };
  const run = async (): Promise<void> => {
    state.since = Date.now();
    let pause = tuning.backoffMs;
    while (!state.stopped && !(await probe())) {
      log.warn({ failure: state.failure, retryInMs: pause }, 'server does not start');
      await sleep(pause, undefined, { ref: false });
      pause = Math.min(pause * 2, tuning.maxBackoffMs);
    }
    if (!state.stopped) pool.keepSpares(true);
  };
  const begin = (): void => {
    run().catch((error: unknown) => {
      log.error({ error }, 'probe failed');
      setTimeout(begin, tuning.maxBackoffMs).unref();
    });
  };
  const died = (child: Child, exit: ChildExit): void => {
    if (child.answered()) state.deaths = 0;
    else if (!child.ending()) state.deaths += 1;
    if (state.era === undefined || state.stopped || state.deaths < CRASH_LOOP) return;
    Object.assign(state, { era: undefined, suspect: child, failure: describeExit(exit) });
    log.error({ deaths: state.deaths }, 'server keeps exiting before it answers');
    pool.keepSpares(false);
    begin();
  };

  return {
    start: begin,
    stop: () => {
      state.stopped = true;
      gate.fail(unavailable('The bridge is shutting down'));
    },
    era: () => state.era,
    known: async () => {
      if (state.era) return state.era;
      if (state.failure !== undefined || state.stopped) throw unavailable(detail());
      return gate.wait();
    },
    firstModern: () => {
      const { first } = state;
      state.first = undefined;
      return first?.exited() ? undefined : first;
    },
    watch: (child) => {
      void child.exit.then((exit) => died(child, exit));
    },
    detail,
  };
}

async function find(options: SupervisorOptions, state: State): Promise<Finding> {
  const finding = await attempt(options, state, false);
  // Some servers exit when anything but `initialize` comes first.
  return finding.kind === 'exit' && !state.stopped ? attempt(options, state, true) : finding;
}

async function attempt(
  { pool, initTimeoutMs, tuning }: SupervisorOptions,
  state: State,
  initializeOnly: boolean,
): Promise<Finding> {
  const child = pool.take();
  if (child === undefined) throw new GatewayError('unavailable', 'No child could be started');
  state.suspect = child;
  const finding = await probeEra(child, {
    initializeOnly,
    discoverSilenceMs: tuning.discoverSilenceMs,
    timeoutMs: initTimeoutMs,
  });
  if (finding.kind === 'era' && finding.primed) state.first = child;
  else void child.end();
  return finding;
}

function unavailable(
  message: string,
  code: 'unavailable' | 'upstream_timeout' = 'unavailable',
): GatewayError {
  return new GatewayError(code, message, { retryAfterSeconds: 5 });
}

/** The command's name alone: its arguments may hold what readers of the status may not see. */
function describe({ era, failure, since, suspect }: State, command: string): string {
  if (era) return 'The server answers';
  const seconds = Math.round((Date.now() - since) / 1000);
  const last = suspect?.log.lastLine();
  return [
    failure === undefined
      ? `Waiting for "${command}" to answer, ${seconds} s so far`
      : `${failure}; trying "${command}" again, ${seconds} s so far`,
    ...(last === undefined ? [] : [`last line of stderr: ${last.slice(0, 500)}`]),
  ].join('; ');
}
