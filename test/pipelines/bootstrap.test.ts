import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, GIVEN, roles, setup, things, writes, type Setup } from './support/bootstrap.ts';
import { root, type Outcome } from './support/scripts.ts';

/** What one whole run has made; most tests look at that. */
let whole: Setup;
let outcome: Outcome;

beforeAll(async () => {
  whole = await setup();
  outcome = await whole.bootstrap(GIVEN);
}, 120_000);

afterAll(end);

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

test('a second run finds everything and changes nothing', async () => {
  const { az, bootstrap } = whole;
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const made = writes(az).length;
  expect(made).toBeGreaterThan(60);
  expect(outcome.stdout).toContain(`${made} things were made`);
  const before = structuredClone(az.cloud);
  const again = await bootstrap(GIVEN);
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(writes(az)).toHaveLength(made);
  expect(again.stdout).toContain('0 things were made');
  expect(az.cloud).toEqual(before);
}, 60_000);

test('a dry run changes nothing, and names as many changes as the real run makes', async () => {
  const { az, bootstrap } = await setup();
  const dry = await bootstrap([...GIVEN, '--dry-run']);
  expect(dry).toMatchObject({ status: 0, stderr: '' });
  expect(writes(az)).toEqual([]);
  expect(az.cloud.things).toEqual({});
  expect(count(dry.stdout, /would make:/g)).toBe(count(outcome.stdout, / makes:/g));
}, 60_000);

test('a run that broke off is finished by the next one', async () => {
  const { az, bootstrap } = await setup();
  az.cloud.faults.push({ command: 'keyvault create', times: 1, message: '(Conflict) not now' });
  const broken = await bootstrap(GIVEN);
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain('(Conflict) not now');
  expect(await bootstrap(GIVEN)).toMatchObject({ status: 0, stderr: '' });
  expect(az.cloud.things).toEqual(whole.az.cloud.things);
}, 60_000);

test('an identity that Azure does not know everywhere yet is waited for', async () => {
  const { az, bootstrap } = await setup();
  const command = 'role assignment create';
  az.cloud.faults.push({ command, times: 2, message: '(PrincipalNotFound) unknown' });
  expect(await bootstrap([...GIVEN.slice(0, 4), '--for-me', '--stacks', 'dev'])).toMatchObject({
    status: 0,
    stderr: '',
  });
}, 60_000);

test('what az cannot tell ends the run instead of counting as absent', async () => {
  const { az, bootstrap } = await setup();
  az.cloud.faults.push({ command: 'group show', times: 1, message: '(AuthorizationFailed) no' });
  const { status, stderr } = await bootstrap(GIVEN);
  expect(status).toBe(1);
  expect(stderr).toContain('AuthorizationFailed');
  expect(writes(az).map(({ command }) => command)).not.toContain('group create');
}, 60_000);

test('the state is not read with a key, and neither it nor its keys are lost at once', () => {
  const [account] = things(whole.az, 'storageAccounts').map(([, { options }]) => options as object);
  expect(account).toMatchObject({
    '--allow-shared-key-access': ['false'],
    '--allow-blob-public-access': ['false'],
    '--min-tls-version': ['TLS1_2'],
  });
  const [vault] = things(whole.az, 'vaults').map(([, { options }]) => options as object);
  expect(vault).toMatchObject({
    '--enable-purge-protection': ['true'],
    '--enable-rbac-authorization': ['true'],
  });
  expect(things(whole.az, 'locks')).toHaveLength(1);
});

test('every pipeline that is made has its file, and every file is a pipeline', () => {
  const paths = Object.entries(whole.az.cloud.things).flatMap(([id, { path }]) =>
    id.startsWith('pipeline/') ? [String(path)] : [],
  );
  expect(paths.sort()).toEqual(
    ['check', 'deploy', 'destroy', 'drift', 'preview'].map((name) => `pipelines/${name}.yml`),
  );
  for (const path of paths) expect(existsSync(join(root, path))).toBe(true);
});

test('by hand, nobody but who is signed in gets a role, and Azure DevOps is not touched', async () => {
  const { az, bootstrap } = await setup();
  const { status, stdout } = await bootstrap([...GIVEN.slice(0, 4), '--for-me', '--stacks', 'dev']);
  expect(status).toBe(0);
  expect(stdout).toContain("PULUMI_BACKEND_URL='azblob://pulumi-dev?storage_account=mgstatecontoso'"); // prettier-ignore
  expect(new Set(roles(az).map(({ principalType }) => principalType))).toEqual(new Set(['User']));
  expect(things(az, 'identities')).toEqual([]);
  expect(az.calls.filter(({ command }) => /^(devops|pipelines) /.test(command))).toEqual([]);
}, 60_000);

test('every kind of resource that the program makes has its provider registered', () => {
  const registered = Object.entries(whole.az.cloud.things).flatMap(([id, { registrationState }]) =>
    id.startsWith('provider/') && registrationState === 'Registered' ? [id.slice(9)] : [],
  );
  expect(registered).toEqual(
    expect.arrayContaining([
      ...['Microsoft.PolicyInsights', 'Microsoft.Compute', 'Microsoft.OperationsManagement'],
      ...['Microsoft.ContainerService', 'Microsoft.DocumentDB', 'Microsoft.Network'],
    ]),
  );
});

test('the bootstrap runs with the bash 3.2 of macOS', () => {
  const scripts = ['../bootstrap.sh', ...readdirSync(join(root, 'pipelines/bootstrap'))];
  const newer = /\b(?:declare|local|typeset) -\w*[gAnlu]|\b(?:mapfile|readarray|coproc)\b|\$\{\w+(?:,|\^|@)|&>>|\|&|;;?&|\bread -\w*[iN]|\[\[ -v |\$\{\w+: -?\d+: -/; // prettier-ignore
  for (const script of scripts) {
    const text = readFileSync(join(root, 'pipelines/bootstrap', script), 'utf8');
    expect({ script, uses: newer.exec(text)?.[0] }).toEqual({ script, uses: undefined });
  }
});

test('wrong arguments are refused before anything is asked', async () => {
  const { az, bootstrap } = await setup();
  const cases: [string[], string][] = [
    [['--label', 'contoso'], '--location is missing'],
    [['--label', 'Contoso', '--location', 'x', '--for-me'], 'is not 3 to 14 small letters'],
    [['--label', 'contoso', '--location', 'x'], '--organization is missing'],
    [[...GIVEN, '--stacks', 'test'], '--stacks knows dev and prod'],
    [[...GIVEN, '--existing-app', '--assign-groups'], '--assign-groups is for an application'],
    [[...GIVEN, '--what'], 'There is no option "--what"'],
    [['--label'], '--label needs a value'],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = await bootstrap(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  }
  expect(az.calls).toEqual([]);
}, 60_000);

test('--help explains every option that there is', async () => {
  const { bootstrap } = await setup();
  const { status, stdout } = await bootstrap(['--help']);
  expect(status).toBe(0);
  const source = readFileSync(join(root, 'pipelines/bootstrap/arguments.sh'), 'utf8');
  const parser = source.slice(source.indexOf('parse_arguments'), source.indexOf('check_arguments'));
  for (const [option] of parser.matchAll(/--[a-z]+[a-z-]*/g)) expect(stdout).toContain(option);
});

test('no step goes without saying why', () => {
  const { stdout } = outcome;
  const explained = count(stdout, /^== (.+)\n {3}(.+)/gm);
  expect(explained).toBe(count(stdout, /^== /gm));
  expect(explained).toBeGreaterThan(12);
});
