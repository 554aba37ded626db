import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'gateway/src/main.ts');
const START_MS = 90_000;
const STOP_MS = 40_000;
const KEPT_LINES = 500;

/** A gateway that runs as a process of its own. */
export interface RunningGateway {
  readonly url: string;
  readonly managementUrl: string;
  readonly dataDir: string;
  readonly pid: number;
  /** The last lines that it wrote, for messages of failed tests. */
  readonly logs: () => string;
  /** Ends it in order, removes its folder if it was made here, and returns its exit code; harmless once it has ended. */
  readonly stop: () => Promise<number | null>;
  /** Ends it as a crash would; its folder stays. */
  readonly kill: () => Promise<void>;
}

/** Starts the real program on free ports and waits until it listens; without `DATA_DIR` in an empty folder of its own. */
export async function startGateway(
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RunningGateway> {
  const given = options.env?.DATA_DIR;
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'gateway-')));
  const child = spawn(process.execPath, [MAIN], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      MANAGEMENT_PORT: '0',
      INTERNAL_PORT: '0',
      LOCAL_IMAGES: join(dataDir, 'local-images.json'),
      ...options.env,
      DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>; // as the event is documented
  const lines: string[] = [];
  const listening = new Promise<{ url: string; managementUrl: string }>((found) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        if (line.includes('"listening"')) found(JSON.parse(line) as never);
      });
    }
  });
  const logs = (): string => lines.join('\n');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const urls = await withDeadline(
    Promise.race([listening, exited.then(([code]) => Promise.reject(ended(code, logs())))]),
    START_MS,
    () => `the gateway does not listen:\n${logs()}`,
  ).catch(async (error: unknown) => {
    await kill();
    throw error;
  });

  return {
    url: urls.url,
    managementUrl: urls.managementUrl,
    dataDir,
    pid: child.pid!,
    logs,
    kill,
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await withDeadline(
        exited,
        STOP_MS,
        () => `the gateway does not stop:\n${logs()}`,
      ).catch(async (error: unknown) => {
        await kill();
        throw error;
      });
      if (given === undefined) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

function ended(code: number | null, logs: string): Error {
  return new Error(`the gateway ended with ${code ?? 'a signal'}:\n${logs}`);
}

async function withDeadline<T>(work: Promise<T>, ms: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
