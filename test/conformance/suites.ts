import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readChecks, type Check } from './checks.ts';

const RUN_TIMEOUT_MS = 120_000;

/** One way to run the conformance suite; `checks` is how many passed and failed checks a perfect server gets. */
export interface Suite {
  readonly name: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly passed: number;
  readonly failed: number;
}

const stable = import.meta.resolve('conformance-0.1/dist/index.js');
const newest = import.meta.resolve('conformance-0.2/dist/index.js');

/** Only together do these cover every revision; the failures are all of an extension that the SDK does not have. */
export const SUITES: readonly Suite[] = [
  {
    name: '0.1.16 all',
    entry: stable,
    args: ['--suite', 'all'],
    passed: 44,
    failed: 0,
  },
  {
    name: '0.2.0-alpha.12 2025-11-25',
    entry: newest,
    args: ['--requirements', '2025-11-25'],
    passed: 84,
    failed: 0,
  },
  {
    name: '0.2.0-alpha.12 2026-07-28',
    entry: newest,
    args: ['--requirements', '2026-07-28'],
    passed: 164,
    failed: 30,
  },
];

/** Runs the suite against `url` and returns what it found; its files go below `folder`. Throws if it does not end in time. */
export async function runSuite(
  suite: Suite,
  url: string,
  folder: string,
): Promise<readonly Check[]> {
  const output = join(folder, suite.name.replaceAll(' ', '-'));
  const args = [new URL(suite.entry).pathname, 'server', '--url', url, ...suite.args, '-o', output];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: AbortSignal.timeout(RUN_TIMEOUT_MS),
    killSignal: 'SIGKILL',
  });
  // A failing check is an exit code of 1; what failed is in the files.
  await once(child, 'exit');
  return readChecks(suite.name, output);
}
