import type { Check } from './checks.ts';
import type { Difference, Verdict } from './compare.ts';

/** What one target came to. */
export interface TargetResult {
  readonly target: string;
  readonly checks: readonly Check[];
  readonly verdict: Verdict;
}

const WAYS: Readonly<Record<string, string>> = {
  direct: 'direct over HTTP',
  gateway: 'through the gateway',
  bridge: 'through the bridge',
  both: 'through gateway and bridge',
  router: 'through the tool router',
};

/** A Markdown table of passed and failed checks and of differences, one line a target and suite. */
export function resultTable(results: readonly TargetResult[]): string {
  const rows = results.flatMap(({ target, checks, verdict }) =>
    suitesOf(checks).map((suite) => {
      const of = checks.filter((check) => check.suite === suite);
      const differs = (list: readonly Difference[]) =>
        list.filter((difference) => difference.suite === suite).length;
      return [
        WAYS[target] ?? target,
        suite,
        String(new Set(of.map(({ scenario }) => scenario)).size),
        String(count(of, 'SUCCESS')),
        String(count(of, 'FAILURE')),
        target === 'direct' ? '–' : String(differs(verdict.unexplained)),
        target === 'direct' ? '–' : String(differs(verdict.explained)),
      ];
    }),
  );
  const head = ['way', 'suite', 'scenarios', 'passed', 'failed', 'differs', 'explained'];
  return table(head, rows);
}

/** Lines that say what differs without an explanation, and which explanations explain nothing. */
export function complaints({ target, verdict }: TargetResult): readonly string[] {
  const about = ({ suite, scenario, check, direct, through }: Difference) =>
    `${suite} · ${scenario} · ${check}: ${direct} → ${through}`;
  return [
    ...verdict.unexplained.map((difference) => `${target} differs: ${about(difference)}`),
    ...verdict.stale.map((entry) => `${target} no longer differs: ${about(entry)}`),
  ];
}

/** The page for docs/: the table, and what differs for which reason. */
export function resultPage(results: readonly TargetResult[]): string {
  const explained = results.flatMap(({ target, verdict }) =>
    verdict.explained.map((difference) => ({ ...difference, way: WAYS[target] ?? target })),
  );
  const reasons = [...new Set(explained.map(({ reason }) => reason))].map((reason) => {
    const of = explained.filter((difference) => difference.reason === reason);
    const ways = [...new Set(of.map(({ way }) => way))].join(', ');
    const checks = [
      ...new Set(
        of.map(
          ({ suite, scenario, check, direct, through }) =>
            `- ${suite} · ${scenario} · ${check}: ${direct} → ${through}`,
        ),
      ),
    ];
    return `${reason} (${ways})\n\n${checks.join('\n')}`;
  });
  const body = reasons.length === 0 ? 'Nothing differs.' : reasons.join('\n\n');
  return `${INTRODUCTION}\n${resultTable(results)}\n\n## What differs, and why\n\n${body}\n`;
}

const INTRODUCTION = `# Conformance

\`npm run conformance\` runs the official MCP conformance suite against one fixture server in five ways and compares every
check with what the fixture gets when nothing stands between. It fails on any difference that
\`test/conformance/expected-differences.ts\` does not explain. \`npm run conformance -- --write\` writes this page.

At the tool router's \`/mcp\` the fixture is an adapter whose tools are exposed. Its tools and prompts have the adapter's name
in front there, which the suite does not know, so a small proxy takes that prefix off and puts it on, and changes nothing else.

The failed checks of the revision 2026-07-28 all belong to the tasks extension, which the fixture's SDK does not have; the
suite does not score them. They fail in the same way on every path, and that is compared too.
`;

function suitesOf(checks: readonly Check[]): readonly string[] {
  return [...new Set(checks.map(({ suite }) => suite))];
}

function count(checks: readonly Check[], status: string): number {
  return checks.filter((check) => check.status === status).length;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
