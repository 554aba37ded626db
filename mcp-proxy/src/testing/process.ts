import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { FIXTURE } from './bridge.ts';
import { until } from './client.ts';

const MAIN = resolve(import.meta.dirname, '../main.ts');

/** The bridge as a process of its own. */
export interface BridgeProcess {
  readonly process: ChildProcessWithoutNullStreams;
  readonly url: string;
  readonly origin: string;
  readonly exit: Promise<number | string>;
  readonly output: () => string;
}

const running = new Set<ChildProcessWithoutNullStreams>();

/** Starts `main.ts` with nothing in its environment but `settings`. */
export function startMain(
  settings: Readonly<Record<string, string>>,
  args: readonly string[] = [],
) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...settings },
  });
  running.add(child);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => (output += `${line}\n`));
  const exit = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => {
    running.delete(child);
    return code ?? signal ?? '';
  });
  return { child, exit, output: () => output, errors: () => errors };
}

/** Starts `main.ts` over the fixture and waits until it is ready. */
export async function startReadyMain(
  flags = '',
  settings: Readonly<Record<string, string>> = {},
): Promise<BridgeProcess> {
  const { child, exit, output, errors } = startMain({
    HOST: '127.0.0.1',
    PORT: '0',
    ...(settings.MCP_PROXY_URL === undefined && {
      MCP_COMMAND: process.execPath,
      MCP_ARGS: `'${FIXTURE}' ${flags}`,
    }),
    ...settings,
  });
  await until(() => output().includes('"listening"') || errors() !== '');
  const port = /"port":(\d+)/.exec(output())?.[1];
  if (port === undefined) throw new Error(`the bridge does not listen: ${errors()}`);
  const origin = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${origin}/readyz`)).status === 200);
  return { process: child, url: `${origin}/mcp`, origin, exit, output };
}

/** Ends whatever tests have started and not ended. */
export async function stopMains(): Promise<void> {
  const ends = [...running].map((child) => {
    child.kill('SIGKILL');
    return once(child, 'exit');
  });
  await Promise.all(ends);
}
