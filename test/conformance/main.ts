import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import type { Check } from './checks.ts';
import { differences, judge } from './compare.ts';
import { EXPECTED_DIFFERENCES } from './expected-differences.ts';
import { complaints, resultPage, resultTable, type TargetResult } from './report.ts';
import { runSuite, SUITES } from './suites.ts';
import { TARGETS, type TargetName } from './targets.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/conformance.md');
const HELP = `Runs the MCP conformance suite against one fixture, direct and through the middle, and compares check by check.

  --only direct|gateway|bridge|both|router   one way only (besides direct, with which it is compared)
  --keep                              keep the suite's own files and say where they are
  --write                             write docs/conformance.md, after all ways
  --help                              this text

Exits 1 when anything differs without an explanation in expected-differences.ts.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else process.exitCode = await main(chosen(values.only));

async function main(targets: readonly TargetName[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const results = await runTargets(targets, folder);
    const wrong = results.flatMap((result) =>
      result.target === 'direct' ? belowBaseline(result.checks) : complaints(result),
    );
    console.log(`\n${resultTable(results)}\n`);
    for (const line of wrong) console.error(line);
    if (values.write)
      await writeFile(PAGE, await format(resultPage(results), { parser: 'markdown' }));
    return wrong.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) console.log(`The suite's files are in ${folder}`);
    else await rm(folder, { recursive: true });
  }
}

/** One after the other: the suite has deadlines of its own, which a busy machine would miss. */
async function runTargets(
  targets: readonly TargetName[],
  folder: string,
): Promise<readonly TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of targets) {
    const checks = await runTarget(target, join(folder, target));
    const found = differences(results[0]?.checks ?? checks, checks);
    results.push({ target, checks, verdict: judge(target, found, EXPECTED_DIFFERENCES) });
  }
  return results;
}

async function runTarget(target: TargetName, folder: string): Promise<readonly Check[]> {
  await mkdir(folder);
  const running = await TARGETS[target](folder);
  try {
    const checks: Check[] = [];
    for (const suite of SUITES) {
      const begun = performance.now();
      checks.push(...(await runSuite(suite, running.url, folder)));
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${target.padEnd(8)} ${suite.name.padEnd(26)} ${seconds} s`);
    }
    return checks;
  } finally {
    await running.stop();
  }
}

/** A comparison with a fixture that lost a check would say nothing. */
function belowBaseline(checks: readonly Check[]): readonly string[] {
  return SUITES.flatMap(({ name, passed, failed }) => {
    const of = (status: string) =>
      checks.filter((check) => check.suite === name && check.status === status).length;
    const [good, bad] = [of('SUCCESS'), of('FAILURE')];
    if (good === passed && bad === failed) return [];
    return [`direct: ${name} has ${good} passed and ${bad} failed, not ${passed} and ${failed}`];
  });
}

function chosen(only: string | undefined): readonly TargetName[] {
  const all: readonly TargetName[] = ['direct', 'gateway', 'bridge', 'both', 'router'];
  if (only === undefined) return all;
  const known = all.find((target) => target === only);
  if (known === undefined) {
    console.error(`--only must be one of ${all.join(', ')}`);
    process.exit(2);
  }
  return [...new Set<TargetName>(['direct', known])];
}
