import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tokenIdentity } from '@mcp-gateway/core/domain/settings/entra-settings';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { parseSettings } from '@mcp-gateway/core/domain/settings/settings';
import { entraIdentity } from '@mcp-gateway/platform/entra/identity';
import { CLIENT, TENANT, type TestIssuer } from '@mcp-gateway/platform/entra/testing/issuer';
import { undiciRelay } from '@mcp-gateway/platform/undici/relay';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import pino from 'pino';
import { startGateway, type Stores } from '../gateway.ts';
import { recordingOrchestrator, type RecordingOrchestrator } from './recording-orchestrator.ts';
import { temporaryStore } from './temporary-store.ts';

/** A whole gateway in this process that takes tokens, with one server behind it that answers everything. */
export interface TokenGateway {
  readonly url: string;
  readonly stores: Stores;
  readonly orchestrator: RecordingOrchestrator;
  /** Requests that have reached the server. */
  readonly reached: () => number;
  /** What was logged so far, at the chattiest level. */
  readonly logged: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts one on free ports for the tokens of `issuer`. */
export async function tokenGateway(
  issuer: TestIssuer,
  changes: Readonly<Record<string, string>> = {},
): Promise<TokenGateway> {
  const settings = parseSettings(GatewaySettings, {
    ...{ HOST: '127.0.0.1', PORT: '0', MANAGEMENT_PORT: '0', DRAIN_SECONDS: '0' },
    ...{ IDENTITY: 'entra', TENANT_ID: TENANT, CLIENT_ID: CLIENT, AUTHORITY: issuer.origin },
    ...changes,
  });
  const { tokens, signIn } = tokenIdentity({ ...settings, PUBLIC_ORIGIN: 'http://127.0.0.1' })!; // the identity is not development's
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const temporary = temporaryStore();
  const upstream = await answering();
  const recording = recordingOrchestrator();
  const orchestrator = {
    ...recording,
    endpoints: { ...recording.endpoints, of: () => [upstream.endpoint] },
  };
  const relay = undiciRelay({ answerTimeoutSeconds: 60, heartbeatSeconds: 60 });
  const stores = { adapters: temporary.store, tools: temporary.tools };
  const gateway = await startGateway(
    {
      ...{
        stores,
        orchestrator,
        relay,
        ranking: wordRanking(),
        log,
        signIn,
        isDevelopment: false,
        version: '0.0.0',
      },
      identity: entraIdentity({ ...tokens, log }),
      sessionKeys: [randomBytes(32)],
      closing: [relay.close, upstream.close, temporary.remove],
    },
    settings,
  );
  return {
    url: gateway.url,
    stores,
    orchestrator,
    reached: upstream.reached,
    logged: () => lines.join(''),
    stop: gateway.stop,
  };
}

async function answering() {
  let reached = 0;
  const server = createServer((request, response) => {
    reached++;
    request.resume();
    response
      .setHeader('content-type', 'application/json')
      .end('{"jsonrpc":"2.0","id":1,"result":{}}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    endpoint: { instance: 'adapter-weather-0', uid: '0', origin: `http://127.0.0.1:${port}`, draining: false }, // prettier-ignore
    reached: () => reached,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
