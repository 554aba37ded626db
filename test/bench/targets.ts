import { OURS } from './bridge/contenders.ts';
import { PAYLOADS } from './bridge/payloads.ts';
import {
  CHURN_SCENARIO,
  MEMORY_SCENARIO,
  openScenario,
  START_SCENARIO,
} from './bridge/sessions.ts';
import {
  CONCURRENCIES,
  LIST_SCENARIO,
  remoteScenario,
  throughputScenario,
} from './bridge/throughput.ts';
import { FIRST_TOOL_SCENARIO } from './first-tool.ts';
import { GATEWAY, relayScenario } from './relay.ts';
import { excess, of, ratio } from './target.ts';
import type { Target } from './target.ts';

const atLeast = (limit: number) => ({ atLeast: limit });
const atMost = (limit: number) => ({ atMost: limit });

const relay: readonly Target[] = CONCURRENCIES.flatMap((concurrency) => {
  const measure = (metric: string) => ({
    scenario: relayScenario(concurrency),
    subject: GATEWAY,
    metric,
  });
  return [
    {
      part: 'relay' as const,
      name: `Relay, C=${concurrency}: CPU per call against nginx`,
      limit: atMost(2),
      unit: '×',
      quantity: ratio(measure('cpu'), 'nginx'),
    },
    {
      part: 'relay' as const,
      name: `Relay, C=${concurrency}: throughput against nginx`,
      limit: atLeast(0.5),
      unit: '×',
      quantity: ratio(measure('rate'), 'nginx'),
    },
  ];
});

/** Targets of one scenario of calls through the bridge: metric, limit, unit and, for ratios, against whom. */
type Line = readonly [metric: string, limit: Target['limit'], against?: string];

const UNITS: Readonly<Record<string, string>> = {
  rate: 'calls/s',
  p50: 'ms',
  p99: 'ms',
  cpu: 'µs CPU/call',
  ms: 'ms',
  stall: 'ms',
  peak: 'MiB',
  files: 'files',
  children: 'children',
  processes: 'processes',
};

function bridgeTargets(scenario: string, lines: readonly Line[]): readonly Target[] {
  return lines.map(([metric, limit, against]) => {
    const measure = { scenario, subject: OURS, metric };
    const what = {
      rate: 'throughput',
      ms: 'time',
      cpu: 'CPU',
      stall: 'worst stall of another session',
    }[metric];
    return {
      part: 'bridge',
      name: `${scenario}: ${what ?? metric}${against === undefined ? '' : ` against ${against}`}`,
      limit,
      unit: against === undefined ? (UNITS[metric] ?? 'MiB') : '×',
      quantity: against === undefined ? of(measure) : ratio(measure, against),
    };
  });
}

const echo = (sessions: number, concurrency: number) =>
  throughputScenario('echo', sessions, concurrency);

const bridge: readonly Target[] = [
  ...bridgeTargets(echo(1, 1), [
    ['p50', atMost(0.2)],
    ['p99', atMost(1)],
  ]),
  {
    part: 'bridge',
    name: `${echo(1, 1)}: p50 added to bare http`,
    limit: atMost(0.12),
    unit: 'ms',
    quantity: excess({ scenario: echo(1, 1), subject: OURS, metric: 'p50' }, 'bare http'),
  },
  ...bridgeTargets(echo(1, 16), [
    ['rate', atLeast(20_000)],
    ['rate', atLeast(0.4), 'bare http'],
    ['rate', atLeast(15), 'supergateway'],
    ['rate', atLeast(12), 'mcp-proxy'],
    ['p99', atMost(3)],
    ['cpu', atMost(40)],
  ]),
  ...bridgeTargets(echo(1, 64), [
    ['rate', atLeast(22_000)],
    ['rate', atLeast(8), 'mcp-proxy'],
  ]),
  ...bridgeTargets(echo(16, 16), [
    ['rate', atLeast(10_000)],
    ['rate', atLeast(6), 'supergateway'],
    ['rate', atLeast(4), 'mcp-proxy'],
  ]),
  ...bridgeTargets(throughputScenario('everything', 16, 16), [
    ['rate', atLeast(4000)],
    ['rate', atLeast(3), 'supergateway'],
    ['rate', atLeast(1.8), 'mcp-proxy'],
  ]),
  ...bridgeTargets(LIST_SCENARIO, [
    ['rate', atLeast(2500)],
    ['cpu', atMost(150)],
  ]),
  ...bridgeTargets(START_SCENARIO, [['ms', atMost(120)]]),
  ...bridgeTargets(openScenario('everything'), [['ms', atMost(25)]]),
  ...bridgeTargets(openScenario('azure'), [['ms', atMost(250)]]),
  ...bridgeTargets(MEMORY_SCENARIO, [
    ['idle', atMost(60)],
    ['50', atMost(70)],
    ['200', atMost(80)],
    ['processes', atMost(200)],
  ]),
  ...bridgeTargets(PAYLOADS.answer, [
    ['ms', atMost(150)],
    ['stall', atMost(60)],
  ]),
  ...bridgeTargets(PAYLOADS.request, [['ms', atMost(300)]]),
  ...bridgeTargets(PAYLOADS.crash, [['ms', atMost(50)]]),
  ...bridgeTargets(PAYLOADS.slow, [['peak', atMost(150)]]),
  ...bridgeTargets(CHURN_SCENARIO, [
    ['files', atMost(0)],
    ['children', atMost(0)],
  ]),
  ...bridgeTargets(remoteScenario(16), [['rate', atLeast(12_000)]]),
  {
    part: 'bridge',
    name: `${remoteScenario(1)}: p50 added to the server itself`,
    limit: atMost(0.2),
    unit: 'ms',
    quantity: excess({ scenario: remoteScenario(1), subject: OURS, metric: 'p50' }, 'bare http'),
  },
];

/** All that is to be reached. */
export const TARGETS: readonly Target[] = [
  ...relay,
  ...bridge,
  {
    part: 'start',
    name: 'npm start → first tool answered',
    limit: atMost(3),
    unit: 's',
    quantity: of({ scenario: FIRST_TOOL_SCENARIO, subject: GATEWAY, metric: 'seconds' }),
  },
];
