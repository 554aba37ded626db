import { accessPolicy, grantsOf, type AccessSettings } from '@mcp-gateway/core/domain/access';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { Tool } from '@mcp-gateway/core/domain/tool';
import type { AuditEvent } from '@mcp-gateway/core/ports/audit';
import type { RefreshedDirectory } from '@mcp-gateway/core/ports/resource-directory';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { developmentIdentity } from '@mcp-gateway/platform/development/identity';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import pino from 'pino';
import { notedAccess } from '../audit/noted-access.ts';
import { ADAPTERS, TOOLS } from '../actions/kinds.ts';
import { servedResources } from '../actions/served-resources.ts';
import { allRoutes, createApp } from '../app.ts';
import { gatewayMetrics, type GatewayMetrics } from '../metrics.ts';
import { originGuard } from '../origin-guard.ts';
import type { Route } from '../routes/route.ts';
import { listen } from '../server.ts';
import { recordingOrchestrator, type RecordingOrchestrator } from './recording-orchestrator.ts';
import { temporaryStore } from './temporary-store.ts';

/** The control plane on a real socket, over a real store and an orchestrator that only remembers. */
export interface RunningApi {
  readonly url: string;
  readonly routes: readonly Route[];
  readonly store: ResourceStore<Adapter>;
  readonly tools: ResourceStore<Tool>;
  readonly directory: RefreshedDirectory<Adapter>;
  readonly orchestrator: RecordingOrchestrator;
  readonly metrics: GatewayMetrics;
  readonly events: readonly AuditEvent[];
  readonly stopping: AbortController;
  /** What was logged so far. */
  readonly logged: () => string;
  readonly stop: () => Promise<void>;
}

/** Puts something between the control plane and its stores. */
type Wrap = <R extends Resource>(store: ResourceStore<R>) => ResourceStore<R>;

/** Starts one on a free port, ready to answer. */
export async function runningApi(
  settings: Partial<AccessSettings> = {},
  wrap: Wrap = (store) => store,
): Promise<RunningApi> {
  const temporary = temporaryStore();
  const store = wrap(temporary.store);
  const toolStore = wrap(temporary.tools);
  const orchestrator = recordingOrchestrator();
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const accessSettings = { adminRole: 'mcp.admin', ...settings };
  const noted = notedAccess(accessPolicy(accessSettings), grantsOf(accessSettings));
  const events: AuditEvent[] = [];
  const ports = { orchestrator, access: noted.access, ranking: wordRanking(), log };
  const adapters = servedResources(ADAPTERS, store, ports);
  const tools = servedResources(TOOLS, toolStore, ports);
  const directories = { adapter: adapters.directory, tool: tools.directory };
  for (const directory of Object.values(directories)) await directory.refresh();
  const metrics = gatewayMetrics({ directories, endpoints: orchestrator.endpoints });
  const stopping = new AbortController();
  let url = '';
  const publicOrigin = (): string => url;
  const parts = {
    adapters: adapters.actions,
    tools: tools.actions,
    stopping: stopping.signal,
    health: { directories, stopping: stopping.signal },
    isDevelopment: true,
    publicOrigin,
    version: '0.0.0',
  };
  const app = createApp({
    ...parts,
    dataPlane: { handles: () => false, handle: () => undefined },
    identity: developmentIdentity(),
    guard: originGuard({ publicOrigin, allowedOrigins: [], loopback: true }),
    audit: { record: (event) => void events.push(event) },
    used: noted.used,
    metrics,
    log,
  });
  const listener = await listen(app, '127.0.0.1', 0);
  url = `http://127.0.0.1:${listener.port}`;
  return {
    url,
    routes: allRoutes(parts),
    store,
    tools: toolStore,
    directory: adapters.directory,
    orchestrator,
    metrics,
    events,
    stopping,
    logged: () => lines.join(''),
    stop: async () => {
      listener.cut();
      await listener.close();
      temporary.remove();
    },
  };
}
