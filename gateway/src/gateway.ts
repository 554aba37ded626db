import type { Logger } from 'pino';
import type { Access } from '@mcp-gateway/core/domain/access';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import type { SignIn } from '@mcp-gateway/core/domain/settings/entra-settings';
import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import type { Audit } from '@mcp-gateway/core/ports/audit';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Identity, RequestHeaders } from '@mcp-gateway/core/ports/identity';
import type { Leadership } from '@mcp-gateway/core/ports/leadership';
import type { Endpoints, Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import type { Relay } from '@mcp-gateway/core/ports/relay';
import type { Tool } from '@mcp-gateway/core/domain/tool';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { ADAPTERS, TOOLS } from './actions/kinds.ts';
import { servedResources } from './actions/served-resources.ts';
import { createApp } from './app.ts';
import { auditLog } from './audit/audit-log.ts';
import { backgroundTasks } from './background-tasks.ts';
import type { HealthDependencies } from './health.ts';
import { internalIdentity } from './internal-identity.ts';
import { managementHandler } from './management.ts';
import { gatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { originGuard } from './origin-guard.ts';
import { callAudit } from './proxy/call-audit.ts';
import { dataPlane } from './proxy/data-plane.ts';
import type { Destination } from './proxy/destination.ts';
import { sessionSeal } from './proxy/session-seal.ts';
import { internalTargetOf } from './proxy/target.ts';
import { rightsOf, type Rights } from './rights.ts';
import { listen, originOf, type Listener } from './server.ts';
import { closeInOrder, shutDown } from './shutdown.ts';
import { routerLink, type RouterLink, type RouterPort } from './tool-router.ts';

/** Where the resources of each kind are kept. */
export interface Stores {
  readonly adapters: ResourceStore<Adapter>;
  readonly tools: ResourceStore<Tool>;
}

/** Where lines go that must not hold up anybody. */
interface AuditLines {
  readonly add: (line: string) => void;
  readonly lost: () => number;
}

/** What a gateway stands on. */
export interface GatewayPorts {
  readonly stores: Stores;
  readonly orchestrator: Orchestrator;
  readonly identity: Identity;
  readonly relay: Relay;
  /** Finds resources by words. */
  readonly ranking: Ranking;
  /** Of several replicas that share nothing but the platform, one repairs; absent where that needs no election. */
  readonly leadership?: Leadership | undefined;
  /** Absent where there is no tool router. */
  readonly router?: RouterPort | undefined;
  readonly sessionKeys: readonly Buffer[];
  readonly log: Logger;
  /** Takes the audit, line by line; absent where none is wanted. */
  readonly auditLines?: AuditLines | undefined;
  readonly version: string;
  /** Callers are believed what they say of themselves, so only this machine may reach the gateway. */
  readonly isDevelopment: boolean;
  /** How callers get tokens; absent where they have none. */
  readonly signIn?: SignIn | undefined;
  /** Ends the ports, in this order, once nothing uses them any more. */
  readonly closing: readonly (() => unknown)[];
}

/** A gateway that takes requests. */
export interface Gateway {
  /** Where clients reach it on this machine. */
  readonly url: string;
  readonly managementUrl: string;
  /** Ends it in order; what is open gets its time. */
  stop: () => Promise<void>;
}

/** Starts a gateway over its ports; resolves once it listens. */
export async function startGateway(
  ports: GatewayPorts,
  settings: GatewaySettings,
): Promise<Gateway> {
  const { orchestrator, log } = ports;
  const stopping = new AbortController();
  const rights = rightsOf(settings, ports.isDevelopment);
  let review = (): void => undefined;
  const served = servedKinds(ports, rights.noted.access, () => review());
  const directories = { adapter: served.adapters.directory, tool: served.tools.directory };
  const { endpoints } = orchestrator;
  const metrics = gatewayMetrics({ directories, endpoints, auditLost: ports.auditLines?.lost });
  const link: { opened?: RouterLink | undefined } = {};
  let port = settings.PORT;
  const publicOrigin = (): string => settings.PUBLIC_ORIGIN ?? originOf(settings.HOST, port);
  const parts = assemble({
    ...{ ports, settings, rights, served, metrics, publicOrigin },
    health: { directories, stopping: stopping.signal },
    destination: () => link.opened?.destination(),
  });
  review = () => {
    parts.dataPlane.review();
    parts.internal?.review();
  };
  await refreshAll(served);
  const closeAll = async (error: unknown): Promise<never> => {
    await closeInOrder([() => link.opened?.close(), ...ports.closing], log);
    throw error;
  };
  link.opened = await openLink(parts, ports, settings).catch(closeAll);
  const listeners = await listenOnBoth(parts, settings).catch(closeAll);
  const [main, management] = listeners;
  port = main.port;
  const tasks = backgroundTasks({
    refreshEveryMs: settings.CACHE_SECONDS * 1000,
    refresh: () => refreshAll(served),
    review: () => review(),
    repairs: [
      ['adapter', served.adapters.repair],
      ['tool', served.tools.repair],
    ],
    leadership: ports.leadership,
    metrics,
    log,
  });
  return {
    url: originOf(settings.HOST, main.port),
    managementUrl: originOf(settings.HOST, management.port),
    stop: () =>
      shutDown({
        listeners,
        dataPlane: parts.dataPlane,
        link: link.opened,
        drainSeconds: settings.DRAIN_SECONDS,
        stopping,
        closing: [...tasks.map((task) => task.stop), () => link.opened?.close(), ...ports.closing],
        log,
      }),
  };
}

interface Assembly {
  readonly ports: GatewayPorts;
  readonly settings: GatewaySettings;
  readonly rights: Rights;
  readonly served: ReturnType<typeof servedKinds>;
  readonly metrics: GatewayMetrics;
  readonly health: HealthDependencies;
  readonly publicOrigin: () => string;
  /** Where calls of `/mcp` go, once that is known. */
  readonly destination: () => Promise<Destination> | undefined;
}

function servedKinds(
  { stores, orchestrator, ranking, log }: GatewayPorts,
  access: Access,
  changed: () => void,
) {
  const ports = { orchestrator, access, ranking, changed, log };
  return {
    adapters: servedResources(ADAPTERS, stores.adapters, ports),
    tools: servedResources(TOOLS, stores.tools, ports),
  };
}

async function refreshAll({ adapters, tools }: Assembly['served']): Promise<void> {
  await Promise.all([adapters.directory.refresh(), tools.directory.refresh()]);
}

function assemble(assembly: Assembly) {
  const { ports, settings, rights, served, metrics, health, publicOrigin } = assembly;
  const { orchestrator, identity, relay, log } = ports;
  const { isDevelopment, signIn, router } = ports;
  const { guard, managementGuard } = guards(ports, settings, publicOrigin);
  const seal = sessionSeal({
    keys: ports.sessionKeys,
    maxAgeSeconds: settings.SESSION_MAX_AGE_SECONDS,
    now: Date.now,
  });
  const audit = auditOf(assembly);
  const ended = callAudit({
    audit,
    grants: rights.grants,
    withArguments: settings.AUDIT_ARGUMENTS === 'true',
  });
  const common = {
    adapters: served.adapters.directory,
    endpoints: reachable(orchestrator.endpoints, router?.endpoints),
    access: rights.access,
    ...{ relay, seal, publicOrigin, settings, metrics, ended, log, now: Date.now },
  };
  const plane = dataPlane({
    ...common,
    identity,
    guard: guard.assert,
    scope: signIn?.scope,
    router: assembly.destination,
  });
  const internal =
    router &&
    dataPlane({
      ...common,
      identity: internalIdentity(router.secrets),
      tools: served.tools.directory,
      targetOf: internalTargetOf,
      guard: refuseBrowsers,
    });
  const app = createApp({
    adapters: served.adapters.actions,
    tools: served.tools.actions,
    dataPlane: plane,
    identity,
    audit,
    used: rights.noted.used,
    guard,
    metrics,
    health,
    isDevelopment,
    signIn,
    publicOrigin,
    stopping: health.stopping,
    version: ports.version,
    log,
  });
  return {
    app,
    dataPlane: plane,
    internal,
    management: managementHandler({ health, metrics, guard: managementGuard, log }),
  };
}

function auditOf({ ports, metrics }: Assembly): Audit {
  const { auditLines } = ports;
  if (auditLines === undefined) return { record: () => undefined };
  return auditLog({ write: auditLines.add, recorded: metrics.audited, now: Date.now });
}

/** Who knows the secret is no browser, which would say where its page is from. */
function refuseBrowsers({ origin }: RequestHeaders): void {
  if (origin !== undefined)
    throw new GatewayError('forbidden', 'This port is for the tool router.');
}

/** What the platform runs, and the gateway's own services where those are found elsewhere. */
function reachable(workloads: Endpoints, services: Endpoints = workloads): Endpoints {
  const right = ({ kind }: WorkloadId): Endpoints => (kind === 'service' ? services : workloads);
  return {
    of: (id) => right(id).of(id),
    changed: (id, signal) => right(id).changed(id, signal),
  };
}

async function openLink(
  { internal: plane }: ReturnType<typeof assemble>,
  { router, log }: GatewayPorts,
  { HOST: host, INTERNAL_PORT: port }: GatewaySettings,
): Promise<RouterLink | undefined> {
  return router && plane && routerLink({ router, plane, host, port, log });
}

function guards(
  { isDevelopment }: GatewayPorts,
  { ALLOWED_ORIGINS: allowedOrigins }: GatewaySettings,
  publicOrigin: () => string,
) {
  const origins = { publicOrigin, allowedOrigins, loopback: isDevelopment };
  return {
    guard: originGuard(origins),
    managementGuard: originGuard({ ...origins, anyHost: !isDevelopment }),
  };
}

async function listenOnBoth(
  { app, management }: ReturnType<typeof assemble>,
  { HOST, PORT, MANAGEMENT_PORT }: GatewaySettings,
): Promise<readonly [Listener, Listener]> {
  const main = await listen(app, HOST, PORT);
  try {
    return [main, await listen(management, HOST, MANAGEMENT_PORT)];
  } catch (error) {
    main.cut();
    await main.close();
    throw error;
  }
}
