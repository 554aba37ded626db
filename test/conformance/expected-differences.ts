import type { ExpectedDifference } from './compare.ts';

const BRIDGED = ['bridge', 'both'];
const ROUTED = ['router'];

const ANSWERS_IN_JSON =
  'A child on stdio said nothing before its answer, so the bridge answers with JSON, as the specification allows; the ' +
  "SDK's HTTP transport opens an event stream for every answer.";

const DROPS_NO_STREAM =
  'Ending a stream before its answer, so that the client polls, is a feature of the HTTP transport; a child on stdio has no ' +
  'way to ask for it. The bridge answers with JSON, so the suite skips what it would look at in the stream.';

const SUBSCRIBES_TO_NOTHING =
  'The tool router does not offer subscriptions to single resources (its capabilities say so): it knows the resources of ' +
  'many adapters by asking them, and holds no stream to each of them for each caller.';

const RESUMES_NO_STREAM =
  'The tool router gathers answers from other servers and keeps no events to resume a stream from, so it gives none an id ' +
  'and a dropped call is called again.';

/** Every difference that the middle is allowed to make, with its reason. */
export const EXPECTED_DIFFERENCES: readonly ExpectedDifference[] = [
  ...because(BRIDGED, ANSWERS_IN_JSON, '0.1.16 all', 'server-sse-multiple-streams', {
    'server-sse-streams-functional': ['SUCCESS', 'INFO'],
  }),
  ...because(BRIDGED, ANSWERS_IN_JSON, '0.2.0-alpha.12 2025-11-25', 'server-sse-multiple-streams', {
    'server-sse-streams-functional': ['SUCCESS', 'INFO'],
  }),
  ...because(BRIDGED, DROPS_NO_STREAM, '0.1.16 all', 'server-sse-polling', {
    'server-sse-content-type': ['absent', 'INFO'],
    'incoming-sse-event': ['INFO INFO', 'absent'],
    'server-sse-disconnect-resume': ['INFO', 'absent'],
    'server-sse-priming-event': ['WARNING', 'absent'],
    'server-sse-retry-field': ['WARNING', 'absent'],
    'stream-closed': ['INFO', 'absent'],
  }),
  ...because(BRIDGED, DROPS_NO_STREAM, '0.2.0-alpha.12 2025-11-25', 'server-sse-polling', {
    'server-sse-content-type': ['absent', 'INFO'],
    'incoming-response': ['INFO INFO', 'INFO'],
    'incoming-sse-event': ['INFO INFO', 'absent'],
    'outgoing-request': ['INFO INFO', 'INFO'],
    'server-sse-disconnect-resume': ['SUCCESS', 'absent'],
    'server-sse-priming-event': ['SUCCESS', 'absent'],
    'server-sse-retry-field': ['SUCCESS', 'absent'],
    'stream-closed': ['INFO', 'absent'],
  }),
  ...['0.1.16 all', '0.2.0-alpha.12 2025-11-25'].flatMap((suite) =>
    ['resources-subscribe', 'resources-unsubscribe'].flatMap((scenario) =>
      because(ROUTED, SUBSCRIBES_TO_NOTHING, suite, scenario, {
        [scenario]: ['SUCCESS', 'FAILURE'],
      }),
    ),
  ),
  ...because(ROUTED, RESUMES_NO_STREAM, '0.1.16 all', 'server-sse-polling', {
    'incoming-sse-event': ['INFO INFO', 'INFO'],
  }),
  ...because(ROUTED, RESUMES_NO_STREAM, '0.2.0-alpha.12 2025-11-25', 'server-sse-polling', {
    'incoming-response': ['INFO INFO', 'INFO'],
    'incoming-sse-event': ['INFO INFO', 'INFO'],
    'outgoing-request': ['INFO INFO', 'INFO'],
    'server-sse-disconnect-resume': ['SUCCESS', 'INFO'],
    'server-sse-priming-event': ['SUCCESS', 'WARNING'],
    'server-sse-retry-field': ['SUCCESS', 'WARNING'],
  }),
];

function because(
  targets: readonly string[],
  reason: string,
  suite: string,
  scenario: string,
  checks: Readonly<Record<string, readonly [direct: string, through: string]>>,
): readonly ExpectedDifference[] {
  return Object.entries(checks).map(([check, [direct, through]]) => ({
    targets,
    suite,
    scenario,
    check,
    direct,
    through,
    reason,
  }));
}
