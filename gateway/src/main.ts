import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Adapter } from '@mcp-gateway/core/domain/adapter';
import { Tool } from '@mcp-gateway/core/domain/tool';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import {
  COSMOS_CONTAINERS,
  cosmosSettings,
} from '@mcp-gateway/core/domain/settings/cosmos-settings';
import { tokenIdentity } from '@mcp-gateway/core/domain/settings/entra-settings';
import {
  kubernetesSettings,
  type KubernetesSettings,
} from '@mcp-gateway/core/domain/settings/kubernetes-settings';
import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Leadership } from '@mcp-gateway/core/ports/leadership';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Endpoints, Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import { assertLoopback, developmentIdentity } from '@mcp-gateway/platform/development/identity';
import { inheritedEnvironment } from '@mcp-gateway/platform/process/environment';
import { imageCatalogue, type ImageCatalogue } from '@mcp-gateway/platform/process/images';
import { secretEnvironment } from '@mcp-gateway/platform/process/launch-plan';
import { processOrchestrator } from '@mcp-gateway/platform/process/orchestrator';
import { mayHaveEngine } from '@mcp-gateway/platform/docker/engine-address';
import {
  localSecrets,
  ROUTER_IMAGE,
  routerEnvironment,
  routerImage,
  routerWorkload,
} from './local-router.ts';
import { explain } from '@mcp-gateway/platform/service/explain';
import { processLog, type ProcessLog } from '@mcp-gateway/platform/service/process-log';
import { stopOnSignals } from '@mcp-gateway/platform/service/stop-on-signals';
import { lineFile, type LineFile } from '@mcp-gateway/platform/files/line-file';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import { openDatabase } from '@mcp-gateway/platform/sqlite/database';
import { resourceStore } from '@mcp-gateway/platform/sqlite/resource-store';
import { undiciRelay } from '@mcp-gateway/platform/undici/relay';
import packageFile from '../package.json' with { type: 'json' };
import { orchestratorByImage } from './actions/orchestrator-by-image.ts';
import { helpText, loadSettings, prepareDataDir } from './config.ts';
import { startGateway, type Gateway, type GatewayPorts, type Stores } from './gateway.ts';
import { sessionKeysFrom, sessionKeysOf } from './session-keys.ts';
import type { RouterPort } from './tool-router.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Images that are part of this repository. */
const BUILT_IN = {
  'mcp-proxy': ownImage('mcp-proxy/src/main.ts'),
  'mcp-example': ownImage('sample-servers/mcp-example/src/main.ts'),
  'tool-example': ownImage('sample-servers/tool-example/src/main.ts'),
  'weather-tool': ownImage('sample-servers/tool-example/src/main.ts'), // as existing clients call it
};

const ROUTER = join(ROOT, 'tool-router/src/main.ts');

await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  if (explain(words, 'The gateway', helpText)) return;
  let output: ProcessLog | undefined;
  try {
    const settings = loadSettings(process.env);
    refuseStrangers(settings);
    output = processLog(settings.LOG_LEVEL);
    const gateway = await startGateway(await openPorts(settings, output.log), settings);
    announce(gateway, output);
    stopOnSignals(gateway, output);
  } catch (error) {
    await output?.flush();
    console.error(oneLine(error));
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
}

/** Whoever believes callers what they say of themselves must be reachable from this machine alone. */
function refuseStrangers(settings: GatewaySettings): void {
  if (tokenIdentity(settings) !== undefined) return;
  const { HOST, PUBLIC_ORIGIN } = settings;
  assertLoopback(HOST);
  if (PUBLIC_ORIGIN === undefined) return;
  try {
    assertLoopback(new URL(PUBLIC_ORIGIN).hostname);
  } catch (cause) {
    const message = 'PUBLIC_ORIGIN: must be on this machine (localhost) with development identity';
    throw new SettingsError(message, { cause });
  }
}

async function openPorts(settings: GatewaySettings, log: ProcessLog['log']): Promise<GatewayPorts> {
  const dataDir = settings.DATA_DIR;
  await prepareDataDir(dataDir);
  const store = await openStore(settings, log);
  const orchestrator = await openOrchestrator(settings, log);
  const relay = undiciRelay({
    answerTimeoutSeconds: settings.ANSWER_TIMEOUT_SECONDS,
    heartbeatSeconds: settings.HEARTBEAT_SECONDS,
  });
  const auditLines = openAudit(settings, log);
  return {
    stores: store.stores,
    orchestrator: orchestrator.orchestrator,
    leadership: orchestrator.leadership,
    ...(await openIdentity(settings, log)),
    relay,
    ranking: wordRanking(),
    router: await openRouter(settings, orchestrator),
    sessionKeys: settings.SESSION_KEYS
      ? sessionKeysOf(settings.SESSION_KEYS)
      : await sessionKeysFrom(join(dataDir, 'session-keys')),
    log,
    auditLines,
    version: packageFile.version,
    closing: [relay.close, ...orchestrator.closing, store.close, () => auditLines?.close()],
  };
}

/** On a cluster the log is on stdout, and files end with the pod. */
function openAudit(settings: GatewaySettings, log: Log): LineFile | undefined {
  const { DATA_DIR, AUDIT_LOG } = settings;
  const onCluster = kubernetesSettings(settings) !== undefined;
  const to = AUDIT_LOG ?? (onCluster ? 'stderr' : join(DATA_DIR, 'audit.jsonl'));
  if (to === 'off') return undefined;
  const descriptor = to === 'stdout' ? 1 : to === 'stderr' ? 2 : undefined;
  return lineFile({ to: descriptor ?? resolve(to), log });
}

/** Tokens where somebody is named who issues them, else what callers say of themselves. */
async function openIdentity(
  settings: GatewaySettings,
  log: Log,
): Promise<Pick<GatewayPorts, 'identity' | 'isDevelopment' | 'signIn'>> {
  const wanted = tokenIdentity(settings);
  if (wanted === undefined) return { identity: developmentIdentity(), isDevelopment: true };
  const { entraIdentity } = await import('@mcp-gateway/platform/entra/identity');
  const identity = entraIdentity({ ...wanted.tokens, log });
  return { identity, isDevelopment: false, signIn: wanted.signIn };
}

/** Cosmos DB where one is named, else a file of this machine. */
async function openStore(
  settings: GatewaySettings,
  log: Log,
): Promise<{ stores: Stores; close: () => unknown }> {
  const cosmos = cosmosSettings(settings);
  if (cosmos === undefined) {
    const database = openDatabase(join(settings.DATA_DIR, 'resources.sqlite'));
    const stores = {
      adapters: resourceStore(database, 'adapters', Adapter),
      tools: resourceStore(database, 'tools', Tool),
    };
    return { stores, close: database.close };
  }
  const { openCosmos } = await import('@mcp-gateway/platform/cosmos/cosmos');
  const { adapters, tools } = COSMOS_CONTAINERS;
  const { store, close } = await openCosmos({ ...cosmos, containers: [adapters, tools], log });
  return { stores: { adapters: store(adapters, Adapter), tools: store(tools, Tool) }, close };
}

interface OpenOrchestrator {
  /** Replicas of the tool router, where the platform finds them by itself. */
  readonly routers?: Endpoints;
  readonly orchestrator: Orchestrator;
  readonly leadership?: Leadership;
  readonly closing: readonly (() => unknown)[];
}

async function openOrchestrator(settings: GatewaySettings, log: Log): Promise<OpenOrchestrator> {
  const cluster = kubernetesSettings(settings);
  return cluster === undefined
    ? openMachine(settings, log)
    : openCluster(cluster, settings.POD_NAME ?? `${hostname()}-${process.pid}`, log);
}

/** The client's library is large, so only who needs it waits for it. */
async function openCluster(
  { workloadNamespace, ownNamespace, routerService, ...rules }: KubernetesSettings,
  holder: string,
  log: Log,
): Promise<OpenOrchestrator> {
  const { kubernetesOrchestrator } = await import('@mcp-gateway/platform/kubernetes/orchestrator');
  const { leaseLeadership } = await import('@mcp-gateway/platform/kubernetes/leadership');
  const { firstPartyCallers } =
    await import('@mcp-gateway/platform/kubernetes/deployment/platform');
  const callers = firstPartyCallers(ownNamespace);
  const lease = { namespace: ownNamespace, name: 'mcp-gateway', holder };
  const orchestrator = await kubernetesOrchestrator({
    ...rules,
    namespace: workloadNamespace,
    callers,
    log,
  });
  const leadership = leaseLeadership({ ...lease, log });
  const closing = [leadership.close, orchestrator.close];
  if (routerService === undefined) return { orchestrator, leadership, closing };
  const { serviceEndpoints } = await import('@mcp-gateway/platform/kubernetes/service-endpoints');
  const routers = serviceEndpoints({ namespace: ownNamespace, service: routerService, log });
  return { orchestrator, leadership, routers, closing: [routers.close, ...closing] };
}

/** On a cluster the router is a Service; on one machine it is a program beside this one, if it is there. */
async function openRouter(
  settings: GatewaySettings,
  { orchestrator, routers }: OpenOrchestrator,
): Promise<RouterPort | undefined> {
  const { GATEWAY_SECRETS, DATA_DIR } = settings;
  if (kubernetesSettings(settings) !== undefined) {
    if (routers === undefined) return undefined;
    if (GATEWAY_SECRETS !== undefined) return { secrets: GATEWAY_SECRETS, endpoints: routers };
    throw new SettingsError('GATEWAY_SECRETS: is needed with TOOL_ROUTER_SERVICE');
  }
  if (!existsSync(ROUTER)) return undefined;
  const secrets = await localSecrets(join(DATA_DIR, 'gateway-secrets'), GATEWAY_SECRETS);
  return {
    secrets,
    endpoints: orchestrator.endpoints,
    local: {
      portFile: join(DATA_DIR, 'internal-port'),
      start: (gatewayUrl) => orchestrator.apply(routerWorkload(gatewayUrl, secrets)),
    },
  };
}

/** The router's image has a name that none registered by a caller can have. */
function withRouter(images: ImageCatalogue, settings: GatewaySettings): ImageCatalogue {
  const isRouter = ({ name }: Workload['image']): boolean => name === ROUTER_IMAGE.name;
  const environment = routerEnvironment(process.env);
  const program = { command: [process.execPath, ROUTER], cwd: ROOT, environment };
  const router = routerImage(program, settings);
  return {
    knows: (image) => isRouter(image) || images.knows(image),
    resolve: (image) => (isRouter(image) ? router : images.resolve(image)),
  };
}

/** Local images as processes; where a Docker engine answers, all others as containers. */
async function openMachine(settings: GatewaySettings, log: Log): Promise<OpenOrchestrator> {
  const dataDir = settings.DATA_DIR;
  const images = withRouter(
    imageCatalogue({ file: settings.LOCAL_IMAGES, builtIn: BUILT_IN }),
    settings,
  );
  const environment = inheritedEnvironment(process.env);
  const processes = await processOrchestrator({ dataDir, images, environment, log });
  const containers = await openContainers(dataDir, log);
  if (containers === undefined) return { orchestrator: processes, closing: [processes.close] };
  const routes = [
    { handles: ({ image }: Workload) => images.knows(image), orchestrator: processes },
    { handles: () => true, orchestrator: containers },
  ];
  return {
    orchestrator: orchestratorByImage(routes, ({ image }) => noPlatform(image.name)),
    closing: [processes.close, containers.close],
  };
}

function noPlatform(image: string): GatewayError {
  return new GatewayError('invalid_request', `Nothing on this machine runs the image '${image}'.`);
}

async function openContainers(dataDir: string, log: Log) {
  const dockerHost = process.env.DOCKER_HOST;
  if (!mayHaveEngine(dockerHost)) return undefined;
  const { dockerAnswers } = await import('@mcp-gateway/platform/docker/engine');
  if (!(await dockerAnswers(dockerHost))) {
    log.warn({}, 'no Docker engine answers, so local images alone can run');
    return undefined;
  }
  const { dockerOrchestrator } = await import('@mcp-gateway/platform/docker/orchestrator');
  const secrets = (workload: Workload) => secretEnvironment(dataDir, workload);
  return dockerOrchestrator({ dockerHost, dataDir, log, secrets });
}

function announce({ url, managementUrl }: Gateway, { log }: ProcessLog): void {
  log.info({ url, managementUrl, pid: process.pid }, 'listening');
  if (!process.stdout.isTTY) return;
  console.error(`\n  The gateway is at ${url}. Register a first server:\n`);
  console.error(`  curl ${url}/adapters -H 'content-type: application/json' \\`);
  console.error(`    -d '{"name":"hello","imageName":"mcp-example","imageVersion":"1.0.0"}'\n`);
}

function ownImage(file: string) {
  return { command: [process.execPath, join(ROOT, file)], cwd: ROOT, readiness: '/readyz' };
}

function oneLine(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${String(error.port)} is in use; set PORT or MANAGEMENT_PORT to another one.`;
  }
  return `The gateway cannot start: ${error.message}`;
}
