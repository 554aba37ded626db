import type { ContainerInspectInfo } from 'dockerode';
import { backOff } from './back-off.ts';
import { unless } from './engine.ts';
import type { Engine } from './engine.ts';
import { logText } from './logs.ts';
import type { Replica } from './names.ts';
import type { Timings } from './options.ts';

const LAST_LINES = 10;

/** How a replica ended. */
export interface Exit {
  /** Such as `It ended with exit code 1.` with its last lines. */
  readonly message: string;
  readonly reason: 'OOMKilled' | 'Error' | 'Completed';
  readonly restartAt: number;
  /** Failures in a row, with this end. */
  readonly failures: number;
}

/** Asks the engine how a replica ended; undefined when it is not there any more. */
export async function exitOf(
  engine: Engine,
  timings: Timings,
  { id, failures: before }: Replica,
): Promise<Exit | undefined> {
  const container = engine.calls.getContainer(id);
  const found = await container.inspect().catch(unless(404));
  if (!found) return undefined;
  const { StartedAt, FinishedAt } = found.State;
  const ended = Date.parse(FinishedAt);
  const failures = (ended - Date.parse(StartedAt) >= timings.forgiveAfter ? 0 : before) + 1;
  const lines = await logText(engine, id, LAST_LINES).catch(() => '');
  return {
    ...exitWords(found.State, lines),
    failures,
    restartAt: ended + backOff(timings, failures),
  };
}

function exitWords(
  { ExitCode, OOMKilled, Error: error }: ContainerInspectInfo['State'],
  lines: string,
): Pick<Exit, 'message' | 'reason'> {
  const how = OOMKilled
    ? 'It needed more memory than its limit allows and was ended.'
    : `It ended with exit code ${ExitCode}.${error === '' ? '' : ` ${error}`}`;
  const told = lines.trim() === '' ? '' : `\nLast lines:\n${lines.trimEnd()}`;
  const reason = OOMKilled ? 'OOMKilled' : ExitCode === 0 ? 'Completed' : 'Error';
  return { message: how + told, reason };
}
