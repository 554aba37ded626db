import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import type { ApiClient } from './api-client.ts';
import { lines } from './lines.ts';
import { CONTAINER } from './names.ts';
import { exists, startingSentence, type WorkloadView } from './workload-view.ts';

/** Silence is what a quiet server is like; TCP's own keep-alive notices a dead connection. */
const NO_LIMIT = 0;
const PAUSE_MS = 1000;

interface Followed {
  readonly api: ApiClient;
  readonly path: string;
  readonly pod: string;
  readonly instance: number;
  readonly view: WorkloadView;
}

interface Position {
  /** The run that is being read. */
  run: string | undefined;
  /** The time of the last line that was passed on, to go on after a cut. */
  time: string;
}

/**
 * A replica's log from its last lines on, through restarts of the replica and of the API server, until the
 * signal is aborted or the replica is no longer wanted.
 */
export async function* followedLog(
  followed: Followed,
  { tail, sinceSeconds }: Pick<LogOptions, 'tail' | 'sinceSeconds'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const position: Position = { run: undefined, time: '' };
  if (runOf(followed) === undefined)
    yield startingSentence(followed.pod, followed.view.pod(followed.pod));
  let beginning: Beginning = { tailLines: tail, sinceSeconds };
  while (!signal.aborted && exists(followed.view, followed.pod, followed.instance)) {
    const run = runOf(followed);
    if (run !== undefined) {
      if (run !== position.run && position.run !== undefined) beginning = {};
      else if (position.time !== '') beginning = { sinceTime: position.time };
      if (run !== position.run) position.time = '';
      position.run = run;
      yield* passedOn(followed, beginning, position, signal);
    }
    await news(followed, run, signal);
  }
}

interface Beginning {
  readonly tailLines?: number | undefined;
  readonly sinceSeconds?: number | undefined;
  readonly sinceTime?: string;
}

/** One connection's lines, less those that an earlier one has passed on. */
async function* passedOn(
  { api, path }: Followed,
  beginning: Beginning,
  position: Position,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const query = { container: CONTAINER, follow: true, timestamps: true, ...beginning };
  const known = position.time;
  try {
    for await (const line of lines(await api.stream({ path, query, signal }, NO_LIMIT))) {
      const space = line.indexOf(' ');
      const time = line.slice(0, space);
      if (time <= known) continue;
      position.time = time;
      yield `${line.slice(space + 1)}\n`;
    }
  } catch {
    // A cut, which the next connection mends, or the end that was asked for.
  }
}

/** Waits for another run of the replica, or a moment where the present one may only have lost its reader. */
async function news(
  followed: Followed,
  run: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const moment = AbortSignal.any([signal, AbortSignal.timeout(PAUSE_MS)]);
  while (!moment.aborted && runOf(followed) === run) {
    await followed.view.changed(moment).catch(() => undefined);
  }
}

/** The container that has a log to read; undefined while there is none. */
function runOf({ view, pod }: Followed): string | undefined {
  const container = view.pod(pod)?.container;
  const { running, terminated } = container?.state ?? {};
  return (running ?? terminated) ? container?.containerID : undefined;
}
