import type { RequestListener } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { Log } from '@mcp-gateway/core/ports/log';
import { periodically } from './actions/periodic.ts';
import { errorCode } from './error-code.ts';
import { writePrivately } from './private-file.ts';
import { listen, originOf, type Listener } from './server.ts';

const TAKE_OVER_MS = 500;
const ASK_MS = 1_000;
const MAX_PORT = 65_535;

/** A port that all gateways of one folder share: one of them listens, and another does when that one goes. */
export interface SharedListener {
  /** Where the router finds whichever of them listens. */
  readonly url: () => string;
  readonly leave: Listener['leave'];
  readonly close: () => Promise<void>;
  readonly cut: () => void;
}

export interface SharedListenerOptions {
  readonly handler: RequestListener;
  /** Address of this machine. */
  readonly host: string;
  /** Wanted where nothing is agreed on yet; another one is taken when it belongs to somebody else. */
  readonly port: number;
  /** Where the port is written that all agree on. */
  readonly file: string;
  /** Tells whether what listens at `origin` belongs to the same folder. */
  readonly isOurs: (origin: string, signal: AbortSignal) => Promise<boolean>;
  /** Called when the port had to change. */
  readonly moved: () => void;
  readonly log: Log;
}

/** Listens, or waits for its turn to. */
export async function sharedListener(options: SharedListenerOptions): Promise<SharedListener> {
  const { handler, host, file, isOurs, moved, log } = options;
  // One address of the two that the name stands for, so that all mean the same.
  const address = host === 'localhost' ? '127.0.0.1' : host;
  let held: Listener | undefined;
  let port = await agreedPort(file, options.port);

  const take = async (wanted: number): Promise<boolean> => {
    try {
      held = await listen(handler, host, wanted);
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') throw error;
      return false;
    }
    if (port !== held.port) moved();
    port = held.port;
    await writePrivately(file, `${port}\n`);
    return true;
  };

  const attempt = async (): Promise<void> => {
    if (held !== undefined) return;
    const agreed = await agreedPort(file, port);
    if (agreed !== port) moved();
    port = agreed;
    if (await take(port)) return;
    if (await isOurs(originOf(address, port), AbortSignal.timeout(ASK_MS))) return;
    // Only a second look tells a stranger from one of us who was about to go.
    if ((await agreedPort(file, port)) === port && !(await take(port))) await take(0);
  };

  await attempt();
  const waiting = periodically(TAKE_OVER_MS, () =>
    attempt().catch((error: unknown) => log.warn({ err: error }, 'internal port not taken over')),
  );
  return {
    url: () => originOf(address, port),
    leave: async (milliseconds) => held?.leave(milliseconds),
    close: async () => {
      await waiting.stop();
      await held?.close();
    },
    cut: () => held?.cut(),
  };
}

async function agreedPort(file: string, otherwise: number): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  const port = Number(text.trim());
  return Number.isInteger(port) && port > 0 && port <= MAX_PORT ? port : otherwise;
}
