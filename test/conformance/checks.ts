import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One thing that the suite looked at, and what it found. */
export interface Check {
  readonly suite: string;
  readonly scenario: string;
  readonly id: string;
  readonly status: string;
}

const Checks = z.array(z.object({ id: z.string(), status: z.string() }));

/** Reads the checks that a run of the suite left in `folder`, one sub-folder a scenario. */
export async function readChecks(suite: string, folder: string): Promise<readonly Check[]> {
  const scenarios = await readdir(folder);
  const checks = scenarios.map(async (name) => {
    const found = Checks.parse(
      JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')),
    );
    return found.map(({ id, status }) => ({ suite, scenario: scenarioOf(name), id, status }));
  });
  return (await Promise.all(checks)).flat();
}

/** The suite names its folders `server-<scenario>-<time>`. */
function scenarioOf(folder: string): string {
  return folder.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, '');
}
