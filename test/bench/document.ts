import { BRIDGES, OURS } from './bridge/contenders.ts';
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
import { PEER_VERSIONS } from './peers.ts';
import { GATEWAY, RELAY_SUBJECTS, relayScenario } from './relay.ts';
import { comparisonTable, loadTable, targetTable } from './tables.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { Options, Part } from './options.ts';
import type { Compared } from './tables.ts';
import type { Verdict } from './target.ts';

/** All that the page is made of. */
export interface Results {
  readonly ledger: Ledger;
  readonly machine: Machine;
  readonly options: Options;
  readonly verdicts: readonly Verdict[];
  readonly date: string;
  readonly repeats: number;
  readonly seconds: number;
  /** Load of the machine before the run. */
  readonly load: number;
  /** Why targets are missed, by their names. */
  readonly reasons: Readonly<Record<string, string>>;
}

const HTTP_FLOORS = ['bare http', 'pipes'] as const;

/** The page that a run writes. */
export function benchmarkPage(results: Results): string {
  const sections: Readonly<Record<Part, (ledger: Ledger) => string>> = {
    relay: relaySection,
    bridge: bridgeSection,
    start: startSection,
  };
  return `${[
    '# Benchmarks',
    introduction(results),
    '## Targets',
    targetTable(results.verdicts),
    ...missed(results),
    ...results.options.parts.map((part) => sections[part](results.ledger)),
    ...failures(results.ledger),
  ].join('\n\n')}\n`;
}

function introduction({ machine, options, date, repeats, seconds, load }: Results): string {
  const peers = Object.entries(PEER_VERSIONS).map(([name, version]) => `${name} ${version}`);
  const only =
    options.parts.length === 3 ? '' : options.parts.map((part) => ` --only ${part}`).join('');
  const flags = `${only}${options.quick ? ' --quick' : ''} --write`;
  return `Written by \`npm run bench --${flags}\` on ${date}: ${machine.cores} cores (${machine.model}), load ${load}
before the run, Node ${machine.node} for everybody, nginx ${machine.nginx ?? 'absent'}, ${peers.join(', ')}.

Every number is the median of ${repeats} repeats (2 of memory, 3 of the slow reader) and, in brackets, the range. The subjects of a scenario take turns within a
repeat, and a ratio compares values of one repeat; so ratios and CPU per call hold on other machines, calls per second do
not. A closed loop takes ${seconds} s: each of C callers has a connection and calls again once its answer has come and was
found right; one wrong answer fails the scenario. CPU is what the measured process used by \`/proc\`, without its children.`;
}

function relaySection(ledger: Ledger): string {
  return `## Relay

Client → X → one echo server on node:http that the gateway has started. X is nothing, nginx (one worker, hashing the session
id, connections kept), or the gateway as it is in its image; both log each request, to /dev/null. Server and X share a core,
the client has another. Each caller has a session of its own.

${loadTable(ledger, CONCURRENCIES.map(relayScenario), RELAY_SUBJECTS)}`;
}

function bridgeSection(ledger: Ledger): string {
  const grid = (server: string) =>
    [1, 16].flatMap((sessions) =>
      CONCURRENCIES.map((concurrency) => throughputScenario(server, sessions, concurrency)),
    );
  const subjects = [...BRIDGES, ...HTTP_FLOORS];
  return `## Bridge

One stdio server behind each bridge, as they come: ours is the one file of its image, supergateway runs \`--stateful\`,
mcp-proxy (punkpeye) with \`--server stream\`. Ours and supergateway give each session a child, mcp-proxy shares one among
all. Floors: an echo server on node:http without a bridge, and the stdio server driven straight over its pipes.

### Calls of a tiny echo server

${loadTable(ledger, grid('echo'), subjects)}

### Calls of server-everything

${loadTable(ledger, grid('everything'), subjects)}

### Large answers

${loadTable(ledger, [LIST_SCENARIO], BRIDGES)}

### In front of a remote server

${loadTable(ledger, [1, 16].map(remoteScenario), [OURS, 'bare http'])}

### Start, sessions, memory, payloads

${comparisonTable(ledger, COMPARED, BRIDGES)}`;
}

const COMPARED: readonly Compared[] = [
  { title: 'start → listening, ms', scenario: START_SCENARIO, metric: 'ms' },
  { title: 'open a session, echo, ms', scenario: openScenario('echo'), metric: 'ms' },
  {
    title: 'open a session, server-everything, ms',
    scenario: openScenario('everything'),
    metric: 'ms',
  },
  {
    title: 'open a session and list tools, @azure/mcp, ms',
    scenario: openScenario('azure'),
    metric: 'ms',
  },
  { title: 'memory idle, MiB', scenario: MEMORY_SCENARIO, metric: 'idle' },
  { title: 'memory with 50 sessions, MiB', scenario: MEMORY_SCENARIO, metric: '50' },
  { title: 'memory with 200 sessions, MiB', scenario: MEMORY_SCENARIO, metric: '200' },
  { title: 'processes for 200 sessions', scenario: MEMORY_SCENARIO, metric: 'processes' },
  { title: '10 MiB answer, ms', scenario: PAYLOADS.answer, metric: 'ms' },
  { title: '… worst stall of another session, ms', scenario: PAYLOADS.answer, metric: 'stall' },
  { title: '10 MiB request, ms', scenario: PAYLOADS.request, metric: 'ms' },
  { title: 'child killed → error at the client, ms', scenario: PAYLOADS.crash, metric: 'ms' },
  { title: `${PAYLOADS.slow}: peak memory, MiB`, scenario: PAYLOADS.slow, metric: 'peak' },
  { title: `files left after ${CHURN_SCENARIO}`, scenario: CHURN_SCENARIO, metric: 'files' },
  { title: 'children left', scenario: CHURN_SCENARIO, metric: 'children' },
  {
    title: 'memory gained, before any garbage collection is forced, MiB',
    scenario: CHURN_SCENARIO,
    metric: 'memory',
  },
];

function startSection(ledger: Ledger): string {
  const compared = [
    { title: `${FIRST_TOOL_SCENARIO}, s`, scenario: FIRST_TOOL_SCENARIO, metric: 'seconds' },
  ];
  return `## From \`npm start\` to the first tool

Installed, without state: start, register \`mcp-example\`, open a session through the gateway, call \`echo\`.

${comparisonTable(ledger, compared, [GATEWAY])}`;
}

function missed({ verdicts, reasons }: Results): readonly string[] {
  const names = verdicts.filter(({ met }) => !met).map(({ target }) => target.name);
  if (names.length === 0) return [];
  const lines = names.map((name) => `- ${name}: ${reasons[name] ?? 'not yet explained.'}`);
  return ['### Why targets are missed', lines.join('\n')];
}

function failures(ledger: Ledger): readonly string[] {
  const all = ledger.failures();
  if (all.length === 0) return [];
  const lines = all.map(
    ({ scenario, subject, reason }) =>
      `- ${subject}, ${scenario}: ${reason.split('\n')[0]?.slice(0, 200) ?? ''}`,
  );
  return ['## Who failed where', lines.join('\n')];
}
