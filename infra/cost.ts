import { alertCount } from './alerts.ts';
import { NODE_SIZES, PRICES, MANAGED_DISK } from './prices.ts';
import { nodePool } from './node-pools.ts';
import type { Settings } from './profiles.ts';

/** What one thing costs in a month at its smallest. */
interface CostLine {
  readonly what: string;
  /** Absent where the price is not known. */
  readonly dollars?: number;
  readonly because: string;
}

/** An estimate: what is there all the time, at its smallest; traffic comes on top. */
export interface CostEstimate {
  readonly lines: readonly CostLine[];
  readonly total: number;
}

/** Gigabytes of logs in a month of light use, for each node. */
const LOG_GB_BY_NODE = 4;
/** Million request units of a month of light use. */
const LIGHT_USE_MILLIONS = 5;

/** The monthly estimate of a stack, by resource and in total. */
export function monthlyCost(settings: Settings): CostEstimate {
  const lines = [
    ...clusterLines(settings),
    ...edgeLines(settings),
    line('Container registry', PRICES.registryTier[settings.registryTier], settings.registryTier),
    databaseLine(settings),
    line('Key vault', PRICES.vault, 'by operation'),
    ...privateLines(settings),
    ...logLines(settings),
  ];
  const total = lines.reduce((sum, { dollars = 0 }) => sum + dollars, 0);
  return { lines, total: Math.round(total) };
}

/** The estimate as lines of text, for people. */
export function costText({ lines, total }: CostEstimate): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  const row = (what: string, dollars: number | undefined, because: string): string =>
    `  ${what.padEnd(width)}  ${(dollars?.toFixed(0) ?? '?').padStart(6)}  ${because}`.trimEnd();
  return [
    'Monthly estimate in US dollars at rough list prices of US regions, without traffic and at the smallest scale:',
    ...lines.map(({ what, dollars, because }) => row(what, dollars, because)),
    row('Total', total, ''),
  ].join('\n');
}

/** The estimate as an output of the stack: dollars by what they are for. */
export function costTable({ lines, total }: CostEstimate): Readonly<Record<string, number | '?'>> {
  const rows = lines.map(({ what, dollars }) => [what, dollars === undefined ? '?' : Math.round(dollars)] as const); // prettier-ignore
  return { ...Object.fromEntries(rows), Total: total };
}

function line(what: string, dollars: number, because: string): CostLine {
  return { what, dollars, because };
}

function clusterLines(settings: Settings): CostLine[] {
  const { clusterTier, systemNodes, systemNodeSize, nodesMin, nodeSize } = settings;
  return [
    line('Kubernetes API', PRICES.clusterTier[clusterTier], clusterTier),
    nodesLine(settings, 'Nodes of the system', systemNodes, systemNodeSize),
    nodesLine(settings, 'Nodes of servers', nodesMin, nodeSize),
    line('Load balancer', PRICES.loadBalancer + PRICES.publicAddress, 'and its way out'),
  ];
}

function nodesLine(settings: Settings, what: string, count: number, size: string): CostLine {
  const because = `${count} × ${size}`;
  const price = NODE_SIZES[size]?.price;
  if (price === undefined) return { what, because };
  const disk = nodePool(settings, size).osDiskType === 'Managed' ? MANAGED_DISK : 0;
  return line(what, count * (price + disk), because);
}

function edgeLines({ firewall, edgeMin }: Settings): CostLine[] {
  const tier = firewall === 'off' ? 'Standard_v2' : 'WAF_v2';
  const { fixed, capacityUnit } = PRICES.edge[tier];
  // A reserved unit of scale is ten units of capacity.
  const dollars = fixed + edgeMin * 10 * capacityUnit;
  return [
    line('Application gateway', dollars, `${tier}, ${edgeMin} reserved`),
    line('Public address', PRICES.publicAddress, 'static'),
  ];
}

function databaseLine({ databaseMode, databaseThroughput, zones }: Settings): CostLine {
  if (databaseMode === 'serverless') {
    const because = `serverless, ${LIGHT_USE_MILLIONS} million request units`;
    return line('Cosmos DB', LIGHT_USE_MILLIONS * PRICES.serverlessMillion, because);
  }
  const least = databaseThroughput / 10;
  const zonal = zones.length > 0 ? PRICES.zoneRedundantThroughput : 1;
  const dollars = (least / 100) * PRICES.reservedThroughput * zonal;
  return line('Cosmos DB', dollars, `autoscale, ${least} to ${databaseThroughput} RU/s`);
}

function privateLines({ privateEndpoints }: Settings): CostLine[] {
  if (!privateEndpoints) return [];
  const dollars = 3 * (PRICES.privateEndpoint + PRICES.privateZone);
  return [line('Private endpoints', dollars, 'registry, database, vault')];
}

function logLines({ systemNodes, nodesMin, logDailyGb, alertEmails }: Settings): CostLine[] {
  const wanted = (systemNodes + nodesMin) * LOG_GB_BY_NODE;
  const gigabytes = logDailyGb < 0 ? wanted : Math.min(wanted, logDailyGb * 30);
  const { metrics, queries } = alertCount();
  const alerts = metrics * PRICES.metricAlert + queries * PRICES.queryAlert;
  return [
    line('Logs', gigabytes * PRICES.logGigabyte, `${gigabytes} GB`),
    line('Alerts', alerts, `${metrics + queries} rules, ${alertEmails.length} receivers`),
  ];
}
