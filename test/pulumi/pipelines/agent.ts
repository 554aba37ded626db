import { spawn } from 'node:child_process';
import type { Node } from '../../pipelines/support/expand.ts';
import type { Job } from '../../pipelines/support/jobs.ts';

/** What a job's own steps did. */
export interface JobOutcome {
  readonly succeeded: boolean;
  readonly log: string;
  readonly summaries: readonly string[];
}

export interface Agent {
  readonly checkout: string;
  /** Variables of the run and of groups, by the names that the file uses. */
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the steps of a job that are scripts of this project, as an agent does: with the variables put in, the environment
 * that the file says, and what steps set for later ones. What installs tools, and other tasks, are left out.
 */
export async function runJob(job: Job, agent: Agent): Promise<JobOutcome> {
  const variables = new Map([...job.variables, ...Object.entries(agent.variables)]);
  let succeeded = true;
  let log = '';
  for (const step of job.steps) {
    const command = commandOf(step);
    if (command === undefined) continue;
    if (!succeeded && !String(step.condition).includes('succeededOrFailed')) continue;
    const given = Object.entries((step.env ?? {}) as Node).map(
      ([name, value]): [string, string] => [name, filled(String(value), variables)],
    );
    const { status, output } = await shell(command, agent, Object.fromEntries(given));
    log += output;
    succeeded &&= status === 0;
    for (const [, name = '', value = ''] of output.matchAll(
      /^##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)$/gm,
    )) {
      variables.set(`${String(step.name)}.${name}`, value);
    }
  }
  const summaries = [...log.matchAll(/^##vso\[task\.uploadsummary\](.*)$/gm)];
  return { succeeded, log, summaries: summaries.map(([, path = '']) => path) };
}

function commandOf({ script, inputs }: Node): string | undefined {
  const command = script ?? (inputs as Node | undefined)?.scriptPath;
  if (typeof command !== 'string' || !command.includes('pipelines/')) return undefined;
  return command.includes('install-tools.sh') ? undefined : command;
}

/** Macros may stand in the values of variables, too. */
function filled(text: string, variables: ReadonlyMap<string, string>): string {
  const next = text.replace(
    /\$\(([\w.]+)\)/g,
    (macro, name: string) => variables.get(name) ?? macro,
  );
  return next === text ? text : filled(next, variables);
}

function shell(
  command: string,
  { checkout, environment }: Agent,
  given: Readonly<Record<string, string>>,
): Promise<{ status: number | null; output: string }> {
  const child = spawn('bash', ['-c', command], {
    cwd: checkout,
    env: { ...process.env, ...environment, TF_BUILD: 'True', ...given },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return new Promise((done) => {
    child.on('close', (status) => done({ status, output }));
  });
}
