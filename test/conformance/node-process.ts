import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { until } from '../support/until.ts';

/** A running way to reach the fixture. */
export interface Running {
  readonly url: string;
  readonly stop: () => Promise<unknown>;
}

/** Runs `file` with Node on a free port and waits for its `/readyz`; throws, and leaves nothing, when that does not come. */
export async function startNode(
  file: string,
  environment: Record<string, string>,
): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...environment, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(patience);
  };
  const origin = `http://127.0.0.1:${port}`;
  try {
    await until(`${file} is ready`, 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}`);
      return (await fetch(`${origin}/readyz`)).ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `${origin}/mcp`, stop };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo; // a TCP server's address is never a string
  probe.close();
  await once(probe, 'close');
  return port;
}
