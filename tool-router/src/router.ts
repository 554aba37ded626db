import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessPolicy, type Access } from '@mcp-gateway/core/domain/access';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import { adapterLists } from './adapters/adapter-lists.ts';
import { adapterRequests } from './adapters/adapter-requests.ts';
import { adapterSessions } from './adapters/adapter-sessions.ts';
import { requestStates } from './adapters/request-state.ts';
import { routerApp } from './app.ts';
import { catalogue, type CatalogueStores, type RefreshedCatalogue } from './catalogue.ts';
import type { CompleteSettings } from './config.ts';
import { gatewayLink, type GatewayLink } from './gateway-link.ts';
import { secretCheck } from './gateway-secret.ts';
import { callByName } from './mcp/call-tool.ts';
import { mcpEndpoint, type McpEndpoint } from './mcp/mcp-endpoint.ts';
import { promptsOf } from './mcp/prompts.ts';
import { resourcesOf } from './mcp/resources.ts';
import { routerServer } from './mcp/router-server.ts';
import { toolsOf } from './mcp/tools.ts';
import { seesOther, watch } from './mcp/watch.ts';
import { routerMetrics, type RouterMetrics } from './metrics.ts';
import { openCalls } from './open-calls.ts';
import { schemas } from './tools/schemas.ts';
import { toolCalls } from './tools/tool-calls.ts';

/** What a router stands on. */
export interface RouterPorts {
  /** Opens the stores; asked again until it succeeds, since the gateway may not have made them yet. */
  readonly stores: () => Promise<CatalogueStores>;
  /** Finds tools by words. */
  readonly ranking: Ranking;
  readonly log: Log;
  readonly version: string;
}

/** A router that takes requests. */
export interface Router {
  readonly url: string;
  /** Ends it in order; open calls get their time. */
  readonly stop: () => Promise<void>;
}

const SWEEP_MS = 50;

/** Starts a router over its ports; resolves once it listens, which is before it is ready. */
export async function startRouter(ports: RouterPorts, settings: CompleteSettings): Promise<Router> {
  const stopping = new AbortController();
  const known = catalogue(ports.stores, ports.log);
  const parts = assemble(ports, settings, known, stopping.signal);
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, parts.app);
  await listen(server, settings);
  const polling = poll(known, settings.CACHE_SECONDS * 1000, stopping.signal);
  const { port } = server.address() as AddressInfo; // bound to a port, so it is no path
  return {
    url: `http://${settings.HOST}:${port}`,
    stop: async () => {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      await parts.drain(settings.DRAIN_SECONDS * 1000);
      server.closeAllConnections();
      clearInterval(sweep);
      await Promise.all([closed, polling]);
      await parts.close();
    },
  };
}

async function listen(server: Server, { HOST, PORT }: CompleteSettings): Promise<void> {
  server.listen(PORT, HOST.replace(/^\[(.*)\]$/, '$1'));
  await once(server, 'listening');
}

/** A little sooner than demanded, so that what is read late is still young enough. */
async function poll(
  known: RefreshedCatalogue,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await known.refresh();
    await sleep(everyMs * (0.8 + Math.random() * 0.2), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

function assemble(
  { log, version, ranking }: RouterPorts,
  settings: CompleteSettings,
  known: RefreshedCatalogue,
  stopping: AbortSignal,
) {
  const access = accessPolicy({ adminRole: settings.ADMIN_ROLE, readerRole: settings.READER_ROLE });
  const [sent = ''] = settings.GATEWAY_SECRETS;
  const gateway = gatewayLink(settings.GATEWAY_URL, sent);
  const adapters = adapterSide({ settings, known, access, gateway, log });
  const metrics = routerMetrics({
    storeHealthy: known.healthy,
    tools: () => known.tools().length,
    adapters: () => known.adapters().length,
    sessions: () => endpoint.sessions(),
    adapterSessions: adapters.sessions.size,
    watchers: adapters.watching.size,
  });
  const endpoint = clientSide(
    { settings, known, access, gateway, version, ranking },
    adapters,
    metrics,
  );
  const calls = openCalls();
  const app = routerApp({
    endpoint,
    calls,
    catalogue: known,
    metrics,
    isGateway: secretCheck(settings.GATEWAY_SECRETS),
    maxBodyBytes: settings.MAX_BODY_BYTES,
    stopping,
    log,
  });
  return {
    app,
    drain: async (ms: number) => {
      await Promise.race([calls.ended(), sleep(ms, undefined, { ref: false })]);
      await endpoint.close();
    },
    close: async () => {
      adapters.watching.close();
      await adapters.sessions.close();
      await gateway.close();
    },
  };
}

interface Common {
  readonly settings: CompleteSettings;
  readonly known: RefreshedCatalogue;
  readonly access: Access;
  readonly gateway: GatewayLink;
}

/** What faces adapters, and what hears of their changes. */
function adapterSide({ settings, known, access, gateway, log }: Common & { log: Log }) {
  const ttlMs = settings.LIST_TTL_SECONDS * 1000;
  const timeoutMs = settings.LIST_TIMEOUT_SECONDS * 1000;
  const sessions = adapterSessions({
    gateway,
    maxResultBytes: settings.MAX_RESULT_BYTES,
    connectMs: timeoutMs,
    idleMs: settings.ADAPTER_SESSION_IDLE_SECONDS * 1000,
    maxSessions: settings.MAX_ADAPTER_SESSIONS,
    onListChanged: (uid, callerKey, kind) => lists.forget(uid, callerKey, kind),
  });
  const lists = adapterLists({ catalogue: known, access, sessions, ttlMs, timeoutMs, log });
  const renewMs = Math.max(ttlMs, 1000);
  const watching = watch({ catalogue: known, lists, access, renewMs });
  return { sessions, lists, watching };
}

/** What faces clients. */
function clientSide(
  { settings, known, access, gateway, version, ranking }: Common & Pick<RouterPorts, 'version' | 'ranking'>, // prettier-ignore
  { sessions, lists, watching }: ReturnType<typeof adapterSide>,
  { called }: Pick<RouterMetrics, 'called'>,
): McpEndpoint {
  const patience = {
    silenceMs: settings.CALL_TIMEOUT_SECONDS * 1000,
    totalMs: settings.CALL_MAX_SECONDS * 1000,
  };
  const maxResultBytes = settings.MAX_RESULT_BYTES;
  const view = { catalogue: known, lists, access };
  const tools = toolsOf(view);
  const states = requestStates(settings.GATEWAY_SECRETS);
  const sendToAdapter = adapterRequests({ sessions, states, patience });
  const callTool = toolCalls({ gateway, schemas: schemas(), patience, maxResultBytes });
  const deps = {
    tools,
    prompts: promptsOf(view),
    resources: resourcesOf(view),
    callByName: callByName({ tools, callTool, sendToAdapter, called }),
    sendToAdapter,
    ranking,
    pageSize: settings.LIST_PAGE_SIZE,
    ttlMs: settings.LIST_TTL_SECONDS * 1000,
    version,
  };
  return mcpEndpoint({
    server: (scope) => routerServer(deps, scope),
    tools,
    watch: watching,
    seesOther: (one, other) => seesOther(known, access, one, other),
    mode: settings.LIST_MODE,
    known: known.known,
    idleMs: settings.SESSION_IDLE_SECONDS * 1000,
    maxSessions: settings.MAX_SESSIONS,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    maxSubscriptions: settings.MAX_SUBSCRIPTIONS,
    ended: sessions.endOf,
  });
}
