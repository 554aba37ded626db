import { randomBytes } from 'node:crypto';
import { accessPolicy, grantsOf } from '@mcp-gateway/core/domain/access';
import { Adapter } from '@mcp-gateway/core/domain/adapter';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import type { AuditEvent } from '@mcp-gateway/core/ports/audit';
import type { Identity, RequestHeaders } from '@mcp-gateway/core/ports/identity';
import type { Log } from '@mcp-gateway/core/ports/log';
import { undiciRelay } from '@mcp-gateway/platform/undici/relay';
import { loopback } from '@mcp-gateway/platform/undici/testing/loopback';
import { callAudit } from '../call-audit.ts';
import { dataPlane } from '../data-plane.ts';
import type { DataPlane, DataPlaneSettings } from '../data-plane.ts';
import type { FinishedRequest } from '../data-plane-metrics.ts';
import { sessionSeal } from '../session-seal.ts';
import { memoryEndpoints } from './memory-endpoints.ts';
import { upstream } from './upstream.ts';

/** Headers that every call of a client has. */
export const CLIENT = { 'X-Dev-UserId': 'ann', 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }; // prettier-ignore

/** The first message of a session. */
export const INITIALIZE = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}';

/** A message of a session. */
export const CALL = '{"jsonrpc":"2.0","id":"seven","method":"tools/call","params":{}}';

/** What differs from test to test. */
export interface GatewayOptions extends Partial<DataPlaneSettings> {
  readonly heartbeatSeconds?: number;
  readonly answerTimeoutSeconds?: number;
  readonly replicaCount?: number;
  readonly withArguments?: boolean;
  readonly now?: () => number;
}

const SETTINGS = GatewaySettings.parse({});
const ACCESS = { adminRole: 'mcp.admin' };

const identity: Identity = {
  credentialHeaders: ['authorization', 'x-dev-userid', 'x-special-credential'],
  authenticate(headers) {
    const id = headers['x-dev-userid'];
    if (typeof id !== 'string') throw new GatewayError('unauthenticated', 'Who are you?');
    const roles =
      typeof headers['x-test-roles'] === 'string' ? headers['x-test-roles'].split(',') : [];
    const expiresAt = Number(headers['x-test-expires'] ?? Infinity);
    return { id: decoded(id), roles: ['mcp.dev', 'a, b', ...roles], kind: 'user', expiresAt };
  },
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function guard(headers: RequestHeaders): void {
  if (headers.origin === 'http://evil.example') throw new GatewayError('forbidden', 'Not you.');
}

/** An adapter of ann's. */
export function adapterOf(name: string, replicaCount = 1): Adapter {
  const time = '2026-01-01T00:00:00.000Z';
  return Adapter.parse({
    name,
    imageName: 'mcp-example',
    imageVersion: '1',
    replicaCount,
    path: '/mcp',
    requiredRoles: ['shared'],
    uid: `uid-${name}`,
    createdBy: 'ann',
    createdAt: time,
    lastUpdatedAt: time,
  });
}

/** A whole data plane on real sockets, `gateways` equal ones of it, with replicas of adapter `weather`. */
export async function setup(replicas = 1, options: GatewayOptions = {}, gateways = 1) {
  const net = loopback();
  const endpoints = memoryEndpoints();
  const ups = await Promise.all(
    [...Array(replicas).keys()].map((n) => upstream(net, 'weather', n)),
  );
  endpoints.set('weather', ups.map(({ endpoint }) => endpoint)); // prettier-ignore
  const adapters = new Map([['weather', adapterOf('weather', options.replicaCount)]]);
  const finished: FinishedRequest[] = [];
  const streams = { open: 0 };
  const limited: string[] = [];
  const endings: string[] = [];
  const events: AuditEvent[] = [];
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const record = (fields: object, message: string): void => void logged.push({ fields, message });
  const log: Log = { debug: record, info: record, warn: record, error: record };
  const keys = [randomBytes(32)];

  const fronts = await Promise.all([...Array(gateways).keys()].map(async () => {
    const relay = undiciRelay({
      answerTimeoutSeconds: options.answerTimeoutSeconds ?? 60,
      heartbeatSeconds: options.heartbeatSeconds ?? 60,
    });
    const plane: DataPlane = dataPlane({
      adapters: { find: (name) => adapters.get(name) },
      access: accessPolicy(ACCESS),
      identity,
      endpoints,
      relay,
      seal: sessionSeal({ keys, maxAgeSeconds: 3600, now: Date.now }),
      guard,
      publicOrigin: () => 'https://mcp.example.com',
      settings: { ...SETTINGS, MAX_BODY_BYTES: 1_000_000, READY_WAIT_SECONDS: 0, MAX_REQUESTS: 100, ...options },
      metrics: {
        requestFinished: (request) => void finished.push(request),
        openStreamsChanged: (_, change) => void (streams.open += change),
        limited: (limit) => void limited.push(limit),
        ended: (reason) => void endings.push(reason),
      },
      ended: callAudit({ audit: { record: (event) => void events.push(event) }, grants: grantsOf(ACCESS), withArguments: options.withArguments ?? false }),
      log,
      now: options.now ?? Date.now,
    });
    const front = await net.serve((request, response) => {
      if (plane.handles(request.url ?? '')) plane.handle(request, response);
      else response.writeHead(404).end('not the data plane');
    });
    return { relay, plane, ...front };
  })); // prettier-ignore
  const [front] = fronts as [(typeof fronts)[0]];
  const url = `${front.origin}/adapters/weather/mcp`;

  const call = (init: RequestInit = {}, to = url): Promise<Response> =>
    fetch(to, { method: 'POST', body: init.method === 'GET' || init.method === 'DELETE' ? null : CALL, ...init, headers: { ...CLIENT, ...(init.headers as object) } }); // prettier-ignore

  /** Opens a session and gives its id. */
  const open = async (to = url, headers: Record<string, string> = {}): Promise<string> => {
    const response = await call({ body: INITIALIZE, headers }, to);
    await response.text();
    return response.headers.get('mcp-session-id') ?? '';
  };

  return {
    net, endpoints, ups, adapters, finished, streams, limited, endings, events, logged, fronts, url, call,
    plane: front.plane,
    port: front.port,
    open,
    close: async (): Promise<void> => {
      await Promise.all(fronts.map(({ relay }) => relay.close()));
      await net.close();
    },
  }; // prettier-ignore
}
