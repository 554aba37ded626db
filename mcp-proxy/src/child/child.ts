import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Tuning } from '../tuning.ts';
import { type ChildExit, describeExit } from './child-exit.ts';
import { type ChildLog, childLog } from './child-log.ts';
import type { Guardian } from './guardian.ts';
import { childInput } from './child-input.ts';
import { parseJson } from '../json/message.ts';
import { lineFramer } from './lines.ts';
import { endGroup, signalGroup } from './process-group.ts';

/** Who listens to a child. */
interface ChildListener {
  readonly line: (line: Buffer) => void;
  /** Called once, after the last line. */
  readonly exit: (exit: ChildExit) => void;
}

/** A stdio server in a process group of its own. */
export interface Child {
  readonly pid: number | undefined;
  /** Sends one message; `text` holds no line break. */
  readonly send: (text: string | Buffer) => void;
  /** The child does not take its input as fast as it comes. */
  readonly blocked: () => boolean;
  /** Calls back once the input is taken, or the child is gone. */
  readonly whenDrained: (callback: () => void) => void;
  readonly listen: (listener: ChildListener) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly log: ChildLog;
  readonly exited: () => ChildExit | undefined;
  /** True from the first line on that it wrote. */
  readonly answered: () => boolean;
  /** End of input, SIGTERM, SIGKILL, each after its time; resolves when nobody of the group is left. */
  readonly end: () => Promise<void>;
  /** SIGKILL at once. */
  readonly kill: () => void;
  /** It was asked to end. */
  readonly ending: () => boolean;
  /** Resolves once it has exited. */
  readonly exit: Promise<ChildExit>;
  /** Resolves when nobody of the group is left. */
  readonly gone: Promise<void>;
}

/** How children are started. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly maxLineBytes: number;
  readonly tuning: Tuning;
  readonly guardian: Guardian;
  readonly log: Log;
}

/** After the exit of the leader its last words may still be in the pipe; others may hold the pipe open for ever. */
const LAST_WORDS_MS = 150;

/** Starts a child, without a shell. A command that cannot run exits at once; throws when the machine is out of resources. */
export function startChild(options: ChildOptions): Child {
  const { command, args, environment, guardian, tuning } = options;
  const child = spawn(command, [...args], {
    detached: true,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Before anything else: out of file descriptors, Node reports an error and leaves the pipes undefined.
  child.on('error', () => undefined);
  const { pid } = child;
  if (pid !== undefined) guardian.add(pid);
  const log = childLog(options.log, { pid });
  const input = childInput(child.stdin);
  const exit = exitOf(child, options);
  let ending = false;
  const output = listenTo(child, options, log, exit.fail);
  exit.after((how) => {
    input.release();
    output.exit(how);
  });

  return {
    pid,
    send: input.send,
    blocked: input.blocked,
    whenDrained: input.whenDrained,
    listen: output.listen,
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    log,
    exited: exit.exited,
    answered: output.answered,
    end: () => {
      ending = true;
      input.end();
      return endChild(child, exit.gone, tuning);
    },
    kill: () => {
      if (pid !== undefined && exit.exited() === undefined) signalGroup(pid, 'SIGKILL');
    },
    ending: () => ending,
    exit: exit.exit,
    gone: exit.gone,
  };
}

async function endChild(
  child: ChildProcessWithoutNullStreams,
  gone: Promise<void>,
  { endOfInputMs, terminateMs }: Tuning,
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return gone;
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  // What it still has to say is not for anybody, and must not keep it from exiting.
  child.stdout.resume();
  const terminate = setTimeout(() => running() && signalGroup(pid, 'SIGTERM'), endOfInputMs);
  const kill = setTimeout(
    () => running() && signalGroup(pid, 'SIGKILL'),
    endOfInputMs + terminateMs,
  );
  await gone;
  clearTimeout(terminate);
  clearTimeout(kill);
}

interface Output {
  readonly listen: (listener: ChildListener) => void;
  readonly exit: (exit: ChildExit) => void;
  readonly answered: () => boolean;
}

function listenTo(
  child: ChildProcessWithoutNullStreams,
  { maxLineBytes }: ChildOptions,
  log: ChildLog,
  fail: (why: string) => void,
): Output {
  let listener: ChildListener | undefined;
  let answered = false;
  const take = (line: Buffer): void => {
    answered = true;
    if (listener) listener.line(line);
    else log.garbage(line);
  };
  const framer = lineFramer(maxLineBytes, {
    line: take,
    overflow: () => fail(`wrote a line of more than ${maxLineBytes} bytes`),
    // A message may lack the end of its line, but it may not lack its own.
    unfinished: (rest) => (parseJson(rest) === undefined ? log.garbage(rest) : take(rest)),
  });
  // Not `for await`: it costs a promise a chunk on the hottest path.
  child.stdout.on('data', framer.push);
  child.stdout.on('end', framer.end);
  child.stderr.on('data', log.stderr);
  child.stderr.on('end', log.stderrEnd);
  child.stdout.on('error', () => undefined);
  child.stderr.on('error', () => undefined);
  return {
    listen: (next) => {
      listener = next;
    },
    exit: (exit) => listener?.exit(exit),
    answered: () => answered,
  };
}

interface Exit {
  readonly exited: () => ChildExit | undefined;
  readonly after: (callback: (exit: ChildExit) => void) => void;
  /** Ends a child that broke a rule. */
  readonly fail: (why: string) => void;
  readonly exit: Promise<ChildExit>;
  readonly gone: Promise<void>;
}

function exitOf(
  child: ChildProcessWithoutNullStreams,
  { guardian, tuning, log }: ChildOptions,
): Exit {
  const { pid } = child;
  const gone = Promise.withResolvers<undefined>();
  const exit = Promise.withResolvers<ChildExit>();
  let callback: ((exit: ChildExit) => void) | undefined;
  let failure: string | undefined;
  let exited: ChildExit | undefined;

  const finish = (): void => {
    if (exited) callback?.(exited);
    callback = undefined;
  };
  const left = (how: ChildExit): void => {
    if (exited) return;
    exited = failure === undefined ? how : { ...how, failure };
    exit.resolve(exited);
    log.info({ pid, ...exited }, describeExit(exited));
    child.stdout.resume();
    if (pid !== undefined) {
      void endGroup(pid, tuning.terminateMs).then(() => {
        guardian.remove(pid);
        gone.resolve(undefined);
      });
    } else gone.resolve(undefined);
    const timer = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
      finish();
    }, LAST_WORDS_MS);
    child.once('close', () => {
      clearTimeout(timer);
      finish();
    });
  };
  child.once('exit', (code, signal) => left({ code, signal }));
  child.once('error', (error: NodeJS.ErrnoException) => {
    if (pid === undefined)
      left({
        code: null,
        signal: null,
        failure: `could not be started (${error.code ?? 'unknown'})`,
      });
  });

  return {
    exited: () => exited,
    after: (next) => {
      callback = next;
    },
    fail: (why) => {
      failure = why;
      log.error({ pid }, `server ${why}`);
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    },
    exit: exit.promise,
    gone: gone.promise,
  };
}
