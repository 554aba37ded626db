import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { type Bridge, createBridge } from '../app.ts';
import { loadConfig } from '../config.ts';
import { type Tuning, tuning } from '../tuning.ts';

/** The scriptable stdio server of these tests. */
export const FIXTURE = resolve(import.meta.dirname, 'stdio-server.ts');

export interface TestBridge {
  readonly url: string;
  readonly origin: string;
  readonly bridge: Bridge;
  readonly log: readonly LogEntry[];
  readonly stop: () => Promise<void>;
}

interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestBridgeOptions {
  /** Flags of the fixture. */
  readonly flags?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly tuning?: Partial<Tuning>;
}

const running = new Set<TestBridge>();

/** A bridge in this process, on a free port of loopback, over the fixture; its clock runs faster than in production. */
export async function startBridge(options: TestBridgeOptions = {}): Promise<TestBridge> {
  const config = loadConfig({
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOST: '127.0.0.1',
    MCP_COMMAND: process.execPath,
    MCP_ARGS: `'${FIXTURE}' ${options.flags ?? ''}`,
    MCP_DRAIN_SECONDS: '0',
    ...options.settings,
  });
  if (config.backend.kind !== 'command') throw new Error('these tests are about commands');
  const log: LogEntry[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void log.push({ level, message, fields: { ...fields } });
  const bridge = createBridge({
    config,
    command: config.backend,
    tuning: { ...tuning, endOfInputMs: 500, terminateMs: 300, backoffMs: 50, ...options.tuning },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  });
  const server = createServer(bridge.handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bridge.start();
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const started: TestBridge = {
    url: `${origin}/mcp`,
    origin,
    bridge,
    log,
    stop: async () => {
      running.delete(started);
      await bridge.drain();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  running.add(started);
  return started;
}

/** Stops whatever tests have started and not stopped. */
export async function stopBridges(): Promise<void> {
  await Promise.all([...running].map((bridge) => bridge.stop()));
}
