import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { standInAz, type StandInAz } from '../../pipelines/stand-ins/az/stand-in.ts';
import { jobsOf } from '../../pipelines/support/jobs.ts';
import { root, workplace, type Workplace } from '../../pipelines/support/scripts.ts';
import { runJob, type Agent, type JobOutcome } from './agent.ts';
import { localKeys, type LocalKeys } from './local-keys.ts';

const pulumi = spawnSync('bash', ['-c', 'command -v pulumi'], { encoding: 'utf8' }).stdout.trim();
const here = pulumi === '' ? test.skip : test;
if (pulumi === '')
  console.warn('skipped: the scripts of the pipelines need the Pulumi CLI on PATH');

let place: Workplace;
let az: StandInAz;
let keys: LocalKeys;
let services: Server;
let origin: string;
const comments: string[] = [];
const logs: string[] = [];

beforeAll(async () => {
  place = workplace();
  az = await standInAz();
  place.standIn('az', az.script);
  keys = await localKeys();
  services = createServer((request, response) => {
    void serve(request.method ?? '', request.url ?? '', request).then(([status, body]) =>
      response.writeHead(status, { connection: 'close' }).end(body),
    );
  });
  services.listen(0, '127.0.0.1');
  await once(services, 'listening');
  origin = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  for (const folder of ['state', 'cloud', 'home']) mkdirSync(join(place.folder, folder));
  const plugins = join(dirname(pulumi), '../plugins');
  if (existsSync(plugins)) symlinkSync(plugins, join(place.folder, 'home/plugins'));
});

afterAll(async () => {
  services.close();
  await keys.close();
  await az.close();
  place.drop();
});

here(
  'a pull request before the first deployment shows all of it, and leaves no state behind',
  async () => {
    const { succeeded, log } = await preview();
    expect({ succeeded, log }).toMatchObject({ succeeded: true });
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain('**4** to create');
    expect(stacks()).toEqual([]);
  },
);

here(
  'deploy makes the stack, its key and the cloud, and shows that the gateway answers',
  async () => {
    const { succeeded, log } = await deploy();
    expect({ succeeded, log }).toMatchObject({ succeeded: true });
    expect(log).toContain('answers, and refuses callers without a token');
    expect(Object.keys(cloud())).toHaveLength(2);
    expect(stacks()).toEqual(['dev.json']);
    expect(JSON.parse(readFileSync(join(results(), 'mcp.json'), 'utf8'))).toMatchObject({
      servers: {},
    });
    expect(az.calls.map(({ command }) => command)).toContain('account show');
  },
);

here(
  'a second deployment from a clean checkout uses the same key and changes nothing',
  async () => {
    const before = key();
    expect(before).toMatch(/.+/);
    const { succeeded, log } = await deploy();
    expect(succeeded).toBe(true);
    expect(log).toMatch(/4 unchanged/);
    expect(key()).toBe(before);
  },
);

here('secrets are in no log, no summary, no output and not readable in the state', async () => {
  const secret = await secretOutput();
  expect(secret).toHaveLength(32);
  const outputs = readFileSync(join(results(), 'outputs.json'), 'utf8');
  expect(outputs).toContain('[secret]');
  expect([...logs, outputs, state(), ...comments].join('\n')).not.toContain(secret);
});

here('a pull request shows what changes as the one comment that it has', async () => {
  const { succeeded } = await preview({ label: 'renamed' });
  expect(succeeded).toBe(true);
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('to replace');
  expect(comments[0]).toContain('- replace `group`');
});

here(
  'what a policy forbids fails the preview, is named in the comment, and is not deployed',
  async () => {
    const tags = '{"forbidden":"yes"}';
    const previewed = await preview({ tags });
    expect(previewed.succeeded).toBe(false);
    expect(comments[0]).toContain('no-forbidden-tag');
    const before = cloud();
    expect((await deploy({ settings: { tags } })).succeeded).toBe(false);
    expect(cloud()).toEqual(before);
  },
);

here(
  'drift is none after a deployment, and is found and named once somebody changes the cloud',
  async () => {
    expect((await drift()).succeeded).toBe(true);
    const file = join(place.folder, 'cloud/cloud.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"westeurope"', '"northeurope"').replace('"tags": {}', '"tags": {"by":"hand"}')); // prettier-ignore
    const { succeeded, summaries } = await drift();
    writeFileSync(file, text);
    expect(succeeded).toBe(false);
    expect(readFileSync(summaries[0] ?? '', 'utf8')).toContain('`group`');
  },
);

here('a state that cannot be reached is no state that is empty', async () => {
  const { succeeded, log } = await preview({}, { PULUMI_BACKEND_URL: undefined }, 'file:///nowhere/at/all'); // prettier-ignore
  expect(succeeded).toBe(false);
  expect(log).not.toContain('not deployed yet');
});

here(
  'a lock that a lost run has left stops a deployment until it is released on purpose',
  async () => {
    const folder = join(place.folder, 'state/.pulumi/locks/organization/mcp-gateway/dev');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '00000000-0000-0000-0000-000000000001.json'), JSON.stringify({ pid: 1, username: 'agent', hostname: 'gone', timestamp: '2026-01-01T00:00:00Z' })); // prettier-ignore
    const locked = await deploy();
    expect(locked.succeeded).toBe(false);
    expect(locked.log).toContain('locked');
    expect((await deploy({ releaseLock: true })).succeeded).toBe(true);
  },
);

here(
  'destroy refuses another name, then leaves neither cloud nor stack, and is content to find nothing',
  async () => {
    const wrong = await destroy({ confirm: 'prod' });
    expect(wrong.succeeded).toBe(false);
    expect(Object.keys(cloud())).toHaveLength(2);
    const right = await destroy({ confirm: 'dev', purge: true });
    expect({ ...right }).toMatchObject({ succeeded: true });
    expect(cloud()).toEqual({});
    expect(stacks()).toEqual([]);
    const purged = az.calls.find(({ command }) => command === 'keyvault purge');
    expect(purged?.options).toMatchObject({ '--name': ['mg-kv-dev'] });
    const again = await destroy({ confirm: 'dev' });
    expect(again.log).toContain('nothing to delete');
    expect(again.succeeded).toBe(true);
  },
);

type Settings = Readonly<Record<string, string>>;

const preview = (settings: Settings = {}, environment = {}, backend?: string) =>
  run('preview', ({ job }) => job.job === 'Preview', {}, { settings, environment, backend });
const deploy = ({ settings = {}, releaseLock = false } = {}) =>
  run('deploy', ({ stage }) => stage.stage === 'Deploy_dev', { releaseLock }, { settings });
const destroy = (parameters: object) =>
  run('destroy', ({ job }) => job.deployment !== undefined, { stack: 'dev', ...parameters });
const drift = () => run('drift', ({ stage }) => stage.stage === 'Drift_dev', {});

interface Changes {
  readonly settings?: Settings;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly backend?: string | undefined;
}

/** Runs a job of a pipeline in a checkout of its own, with a stack file as it is committed. */
async function run(
  pipeline: string,
  chosen: (job: ReturnType<typeof jobsOf>[number]) => boolean,
  parameters: object,
  { settings = {}, environment = {}, backend }: Changes = {},
): Promise<JobOutcome> {
  const jobs = jobsOf(join(root, `pipelines/${pipeline}.yml`), { ...parameters });
  const job = jobs.find(chosen);
  if (job === undefined) throw new Error(`${pipeline} has no such job`);
  rmSync(results(), { recursive: true, force: true });
  const outcome = await runJob(job, agent(checkout(settings), environment, backend));
  logs.push(outcome.log);
  return outcome;
}

function checkout(settings: Settings): string {
  const folder = join(place.folder, 'checkout');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, 'program'), folder, { recursive: true });
  symlinkSync(join(root, 'pipelines'), join(folder, 'pipelines'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const config = { label: 'mg-rg-dev', gatewayUrl: origin, tags: '{}', ...settings };
  const lines = Object.entries(config).map(([name, value]) => `  mcp-gateway:${name}: '${value}'`);
  writeFileSync(join(folder, 'Pulumi.dev.yaml'), ['config:', ...lines, ''].join('\n'));
  return folder;
}

function agent(folder: string, environment: Changes['environment'], backend?: string): Agent {
  return {
    checkout: folder,
    variables: {
      'Pipeline.Workspace': place.folder,
      'Build.ArtifactStagingDirectory': place.folder,
      'Build.Repository.ID': 'r',
      'System.AccessToken': 'token',
      'System.CollectionUri': `${origin}/contoso/`,
      'System.TeamProjectId': 'p',
      'System.PullRequest.PullRequestId': '7',
      stateBackend: backend ?? `file://${place.folder}/state`,
      secretsProvider: 'hashivault://pulumi-dev',
      PULUMI_HOME: join(place.folder, 'home'),
    },
    environment: {
      PATH: `${place.folder}/bin:${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      PAPER_CLOUD_DIR: join(place.folder, 'cloud'),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
      PULUMI_NODEJS_BIN_DIR: dirname(process.execPath),
      ...keys.environment,
      ...environment,
    },
  };
}

/** Not by a call that blocks: the key is served by this very process. */
async function secretOutput(): Promise<string> {
  const { checkout, variables, environment } = agent(join(place.folder, 'checkout'), {});
  const { stateBackend: PULUMI_BACKEND_URL, PULUMI_HOME } = variables;
  const args = ['stack', 'output', 'key', '--show-secrets', '--stack', 'dev'];
  const env = { ...process.env, ...environment, PULUMI_BACKEND_URL, PULUMI_HOME };
  const { stdout } = await promisify(execFile)('pulumi', args, { cwd: checkout, env });
  return stdout.trim();
}

const results = (): string => join(place.folder, 'results');
const cloud = (): object => {
  const text = readFileSync(join(place.folder, 'cloud/cloud.json'), 'utf8');
  return (JSON.parse(text) as { resources?: object }).resources ?? {};
};
const state = (): string =>
  stacks().map((name) => readFileSync(join(stacksFolder(), name), 'utf8')).join(''); // prettier-ignore
const key = (): string | undefined => /"encryptedkey":\s*"([^"]+)"/.exec(state())?.[1];
const stacksFolder = (): string => join(place.folder, 'state/.pulumi/stacks/mcp-gateway');

function stacks(): readonly string[] {
  if (!existsSync(stacksFolder())) return [];
  return readdirSync(stacksFolder()).filter((name) => name.endsWith('.json'));
}

/** The gateway that was deployed, and the threads of the pull request. */
async function serve(
  method: string,
  url: string,
  body: AsyncIterable<unknown>,
): Promise<[number, string]> {
  if (url === '/ping') return [200, ''];
  if (url === '/adapters') return [401, ''];
  let text = '';
  for await (const chunk of body) text += String(chunk);
  const given = text === '' ? {} : (JSON.parse(text) as { content?: string; comments?: { content: string }[] }); // prettier-ignore
  if (method === 'POST') comments.push(given.comments?.[0]?.content ?? '');
  if (method === 'PATCH') comments[0] = given.content ?? '';
  const value = comments.map((content, id) => ({ id, comments: [{ id: 1, content }] }));
  return [200, JSON.stringify({ value })];
}
