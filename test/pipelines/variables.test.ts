import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Node } from './support/expand.ts';
import { jobsOf, type Job } from './support/jobs.ts';
import { root, yamlFiles } from './support/scripts.ts';
import { variablesOf } from './support/shell-variables.ts';

const path = (name: string): string => join(root, 'pipelines', `${name}.yml`);
const JOBS = [
  ...['check', 'preview', 'deploy', 'drift'].flatMap((name) => jobsOf(path(name))),
  ...['dev', 'prod'].flatMap((stack) => jobsOf(path('destroy'), { stack, confirm: stack })),
];
const titled = JOBS.map((job) => [titleOf(job), job] as const);

/** Set by Azure Pipelines for every run, or for every run of a pull request. */
const PREDEFINED = [
  ...['Agent.OS', 'Pipeline.Workspace', 'Build.ArtifactStagingDirectory', 'Build.SourcesDirectory'],
  ...['Build.Repository.ID', 'Build.Repository.Provider', 'Build.SourceBranch', 'Build.Reason'],
  ...['System.AccessToken', 'System.CollectionUri', 'System.TeamProjectId', 'System.JobAttempt'],
  ...['System.PullRequest.PullRequestId', 'System.PullRequest.IsFork'],
];
/** The same as environment of every step, where a script may look without being given it. */
const AGENT_ENVIRONMENT = ['TF_BUILD', 'BUILD_BUILDID', 'BUILD_BUILDNUMBER'];
/** Switches of scripts for people and tests; pipelines leave them alone. */
const SWITCHES = ['TOOLS_LIST', 'SMOKE_SECONDS', 'SMOKE_PAUSE'];
/** Read by programs that the scripts start. */
const OF_PROGRAMS = /^(PULUMI|JEST_JUNIT|ARM|AZURE)_/;

/** What bootstrap.sh puts into the group of each environment. */
const DEVOPS = readFileSync(join(root, 'pipelines/bootstrap/devops.sh'), 'utf8');
const GROUP =
  /--variables \\\n(.+)/
    .exec(DEVOPS)?.[1]
    ?.match(/(?<=")\w+(?==)/g)
    ?.map(String) ?? [];

test.each(titled)('%s: every variable is set before it is used', (_, job) => {
  const set = new Set([...PREDEFINED, ...job.variables.keys()]);
  if (job.groups.length > 0) for (const name of GROUP) set.add(name);
  for (const value of job.variables.values()) expect(missing([value], set)).toEqual([]);
  for (const step of job.steps) {
    expect(missing(stringsOf(step), set)).toEqual([]);
    for (const name of outputsOf(step)) set.add(name);
  }
});

test.each(titled)(
  '%s: scripts get what they need, and are given nothing that they ignore',
  (_, job) => {
    for (const step of job.steps) {
      const command = commandOf(step);
      if (command === undefined) continue;
      const given = Object.keys(step.env ?? {});
      const { needs, takes } = variablesOf(command);
      const known = [...given, ...AGENT_ENVIRONMENT];
      expect([...needs].filter((name) => !known.includes(name) && !OF_PROGRAMS.test(name))).toEqual(
        [],
      );
      expect(given.filter((name) => !takes.has(name) && !OF_PROGRAMS.test(name))).toEqual([]);
    }
  },
);

test('what a script can be told is told by a pipeline, or is a switch for people', () => {
  const told = new Set(
    JOBS.flatMap(({ steps }) => steps.flatMap(({ env }) => Object.keys((env ?? {}) as Node))),
  );
  const known = [...told, ...SWITCHES, ...AGENT_ENVIRONMENT];
  for (const step of JOBS.flatMap(({ steps }) => steps)) {
    const { optional } = variablesOf(commandOf(step) ?? '');
    expect([...optional].filter((name) => !known.includes(name))).toEqual([]);
  }
});

test('every variable that is set is used', () => {
  const used = new Set(JOBS.flatMap(({ steps, variables }) => [...steps.flatMap(stringsOf), ...variables.values()]).flatMap(macros)); // prettier-ignore
  for (const { variables } of JOBS)
    for (const name of variables.keys()) expect(used).toContain(name);
  expect(GROUP).toEqual(['stateBackend', 'secretsProvider', 'approvers']);
  for (const name of GROUP) expect(used).toContain(name);
});

test('a stage that takes a group takes that of its own environment', () => {
  for (const { groups, steps } of JOBS) {
    for (const { env } of steps) {
      const { STACK } = (env ?? {}) as { STACK?: string };
      if (STACK !== undefined) expect(groups).toEqual([`mcp-gateway-${STACK}`]);
    }
  }
});

test.each(yamlFiles())('%s uses every parameter that it declares', (file) => {
  const text = readFileSync(file, 'utf8');
  const { parameters = [] } = parse(text) as { parameters?: readonly { name: string }[] };
  for (const { name } of parameters) expect(text).toMatch(new RegExp(`parameters\\.${name}\\b`));
});

test('a job is not before the jobs and stages that it depends on', () => {
  for (const file of new Set(JOBS.map(({ pipeline }) => pipeline))) {
    const seen = new Set<unknown>();
    for (const { stage, job } of JOBS.filter(({ pipeline }) => pipeline === file)) {
      for (const name of [stage.dependsOn ?? [], job.dependsOn ?? []].flat()) {
        expect([...seen]).toContain(name);
      }
      seen.add(stage.stage).add(job.job ?? job.deployment);
    }
  }
});

function titleOf({ pipeline, stage, job }: Job): string {
  return [pipeline.slice(root.length + 1), stage.stage, job.job ?? job.deployment].join(' ');
}

/** All text of a step, its conditions as macros so that they count as uses. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return [value.replace(/variables\['([\w.]+)'\]/g, (_, name: string) => `$(${name})`)];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

const macros = (text: string): readonly string[] =>
  [...text.matchAll(/\$\(([A-Za-z][\w.]*)\)/g)].map(([, name = '']) => name);

const missing = (values: readonly string[], set: ReadonlySet<string>): readonly string[] =>
  values.flatMap(macros).filter((name) => !set.has(name));

function commandOf({ script, inputs }: Node): string | undefined {
  return (script ?? (inputs as Node | undefined)?.scriptPath) as string | undefined;
}

/** A step that has a name makes what its script sets as output known to the steps behind it. */
function outputsOf(step: Node): readonly string[] {
  const file = /pipelines\/scripts\/[\w-]+\.sh/.exec(commandOf(step) ?? '')?.[0];
  if (typeof step.name !== 'string' || file === undefined) return [];
  const text = readFileSync(join(root, file), 'utf8');
  const set = text.matchAll(/##vso\[task\.setvariable variable=(\w+);isOutput=true\]/g);
  return [...set].map(([, name = '']) => `${String(step.name)}.${name}`);
}
