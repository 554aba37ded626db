import type { AddressInfo, Socket } from 'node:net';
import { BridgeSettings } from '@mcp-gateway/core/domain/settings/bridge-settings';
import { describeSettings, SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import pino from 'pino';
import { type BridgeConfig, loadConfig } from './config.ts';
import type { Service } from './service.ts';
import { tuning } from './tuning.ts';
import { until } from './until.ts';

// An import of `node:http` evaluates all that it exports, with it a WebSocket client that costs 13 MiB.
const { createServer } = process.getBuiltinModule('node:http');

const HELP = `mcp-proxy: an MCP server on stdio, or elsewhere, as streamable HTTP on /mcp

Settings, as environment variables:
${describeSettings(BridgeSettings.shape)}
`;

/** Longer than clients and load balancers keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;

/** For answers that are still on their way when all else has ended; within the time that clusters grant beside `MCP_DRAIN_SECONDS`. */
const LAST_BYTES_MS = 2000;

async function main(): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  const config = configOrExit();
  if (config) await run(config);
}

function configOrExit(): BridgeConfig | undefined {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run(config: BridgeConfig): Promise<void> {
  const { HOST, PORT, LOG_LEVEL } = config.settings;
  // Written at once: what is still buffered at the exit would be tried for ever when nobody reads stdout any more.
  const log = pino({ level: LOG_LEVEL, base: null }, pino.destination({ dest: 1, sync: true }));
  const service = await serviceOf(config, log);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, service.handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('error', (error) => {
    process.stderr.write(`The bridge cannot listen on ${HOST}:${PORT}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(PORT, HOST, () => {
    // With an address and a port there is always this kind of address.
    const { port } = server.address() as AddressInfo;
    log.info({ host: HOST, port }, 'listening');
    service.start();
  });

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      service.kill();
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'shutting down');
    void service.drain().then(async () => {
      await until(() => [...sockets].every((socket) => socket.writableLength === 0), LAST_BYTES_MS);
      log.info({}, 'shut down');
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What only one kind of bridge needs is loaded for that kind alone: it would double the time to start. */
async function serviceOf(config: BridgeConfig, log: pino.Logger): Promise<Service> {
  const { settings, backend } = config;
  if (backend.kind === 'command') {
    const { createBridge } = await import('./app.ts');
    return createBridge({ config, command: backend, tuning, log });
  }
  const { createRemoteApp } = await import('./remote-app.ts');
  const { remoteHandler } = await import('./remote/handler.ts');
  const { undiciRelay } = await import('@mcp-gateway/platform/undici/relay');
  const relay = remoteHandler({
    url: backend.url,
    headers: backend.headers,
    forwardAuthorization: settings.MCP_PROXY_FORWARD_AUTHORIZATION === 'true',
    maxBodyBytes: settings.MCP_MAX_BODY_BYTES,
    relay: undiciRelay({
      answerTimeoutSeconds: settings.MCP_PROXY_TIMEOUT_SECONDS,
      heartbeatSeconds: tuning.heartbeatMs / 1000,
    }),
    log,
  });
  return createRemoteApp({ settings, url: backend.url, tuning, relay });
}

await main();
