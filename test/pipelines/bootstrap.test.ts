import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guid, SUBSCRIPTION } from './stand-ins/az/cloud.ts';
import { standInAz, type StandInAz } from './stand-ins/az/stand-in.ts';
import { jobsOf } from './support/jobs.ts';
import { root, workplace, type Outcome } from './support/scripts.ts';

const GIVEN = [
  ...['--label', 'contoso', '--location', 'westeurope', '--project', 'platform'],
  ...['--organization', 'https://dev.azure.com/contoso', '--approvers', '[contoso]\\Platform'],
];

interface Setup {
  readonly az: StandInAz;
  readonly bootstrap: (args: readonly string[]) => Promise<Outcome>;
}

const ends: (() => Promise<void>)[] = [];

async function setup(): Promise<Setup> {
  const az = await standInAz();
  const place = workplace();
  place.standIn('az', az.script);
  ends.push(async () => {
    place.drop();
    await az.close();
  });
  const bootstrap = (args: readonly string[]): Promise<Outcome> =>
    place.run('pipelines/bootstrap.sh', args, { BOOTSTRAP_PAUSE: '0' });
  return { az, bootstrap };
}

/** What one whole run has made; most tests look at that. */
let whole: Setup;
let outcome: Outcome;

beforeAll(async () => {
  whole = await setup();
  outcome = await whole.bootstrap(GIVEN);
}, 120_000);

afterAll(async () => {
  for (const end of ends) await end();
});

const writes = ({ calls }: StandInAz) => calls.filter((call) => call.writes);
const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
const roles = (az: StandInAz) =>
  Object.entries(az.cloud.things).flatMap(([id, role]) => (id.startsWith('role/') ? [role] : []));
const things = (az: StandInAz, kind: string) =>
  Object.entries(az.cloud.things).filter(([id]) => id.includes(`/${kind}/`) && !id.startsWith('role/')); // prettier-ignore

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

test('each identity has the least: its own environment, its own state, and no other', () => {
  const { az } = whole;
  const principals = new Map(
    things(az, 'identities').map(([id, { principalId }]) => [principalId, id.split('-').at(-1)]),
  );
  const held = roles(az).map(({ principalId, roleDefinitionName, scope }) =>
    [principals.get(principalId), roleDefinitionName, shortScope(String(scope))].join(' | '),
  );
  expect(held.sort()).toEqual([
    'dev | Azure Kubernetes Service RBAC Cluster Admin | mg-rg-contosodev',
    'dev | Contributor | mg-rg-contosodev',
    'dev | Key Vault Certificates Officer | mg-rg-contosodev',
    'dev | Key Vault Crypto User | mg-state-contoso/keys/pulumi-dev',
    'dev | Role Based Access Control Administrator | mg-rg-contosodev',
    'dev | Storage Blob Data Contributor | mgstatecontoso/containers/pulumi-dev',
    'preview | Azure Kubernetes Service Cluster User Role | mg-rg-contosodev',
    'preview | Azure Kubernetes Service RBAC Cluster Admin | mg-rg-contosodev',
    'preview | Key Vault Crypto User | mg-state-contoso/keys/pulumi-dev',
    'preview | Reader | mg-rg-contosodev',
    'preview | Storage Blob Data Reader | mgstatecontoso/containers/pulumi-dev',
    'prod | Azure Kubernetes Service RBAC Cluster Admin | mg-rg-contosoprod',
    'prod | Contributor | mg-rg-contosoprod',
    'prod | Key Vault Certificates Officer | mg-rg-contosoprod',
    'prod | Key Vault Crypto User | mg-state-contoso/keys/pulumi-prod',
    'prod | Role Based Access Control Administrator | mg-rg-contosoprod',
    'prod | Storage Blob Data Contributor | mgstatecontoso/containers/pulumi-prod',
  ]);
});

test('a pipeline can give away only the roles that the program gives', () => {
  const conditions = roles(whole.az)
    .filter(
      ({ roleDefinitionName }) => roleDefinitionName === 'Role Based Access Control Administrator',
    ) // prettier-ignore
    .map(({ condition }) => String(condition));
  expect(conditions).toHaveLength(2);
  for (const condition of conditions) {
    expect(condition).toContain("ActionMatches{'Microsoft.Authorization/roleAssignments/write'}");
    expect(condition).toContain("ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}");
    expect(condition).not.toContain('b24988ac-6180-42a0-ab88-20f7382dd24c'); // Contributor
    expect(condition).not.toContain('8e3af657-a8ff-443c-a75c-2fe8c4bcb635'); // Owner
  }
});

test('each identity trusts its own service connection, and previews get nothing in Microsoft Graph', () => {
  const { az } = whole;
  for (const who of ['preview', 'dev', 'prod']) {
    const [, identity] = things(az, 'identities').find(([id]) => id.endsWith(`-${who}`)) ?? [];
    const [, credential] =
      things(az, 'credentials').find(([id]) => id.endsWith(`-${who}/azure-devops`)) ?? [];
    const { authorization } = az.cloud.things[`connection/mcp-gateway-${who}`] as {
      authorization: { scheme: string; parameters: Record<string, string> };
    };
    expect(authorization.scheme).toBe('WorkloadIdentityFederation');
    expect(authorization.parameters.serviceprincipalid).toBe(identity?.clientId);
    expect(credential?.subject).toBe(authorization.parameters.workloadIdentityFederationSubject);
    const granted = az.cloud.things[`https://graph.microsoft.com/v1.0/servicePrincipals/${String(identity?.principalId)}/appRoleAssignments`]; // prettier-ignore
    expect((granted?.value as unknown[] | undefined)?.length ?? 0).toBe(who === 'preview' ? 0 : 1);
  }
});

test('purging and assigning roles to groups are allowed only when asked for', async () => {
  const { az, bootstrap } = await setup();
  expect(await bootstrap([...GIVEN, '--allow-purge', '--assign-groups'])).toMatchObject({ status: 0, stderr: '' }); // prettier-ignore
  const more = roles(az).filter((role) => !roles(whole.az).some(({ scope, principalId, roleDefinitionName }) => scope === role.scope && principalId === role.principalId && roleDefinitionName === role.roleDefinitionName)); // prettier-ignore
  expect(more.map(({ roleDefinitionName, scope }) => [roleDefinitionName, scope])).toEqual([
    ['Key Vault Purge Operator', `/subscriptions/${SUBSCRIPTION}`],
    ['Key Vault Purge Operator', `/subscriptions/${SUBSCRIPTION}`],
  ]);
  expect(permissionsOf(whole.az, 'prod')).toEqual(['Application.ReadWrite.OwnedBy']);
  expect(permissionsOf(az, 'preview')).toEqual([]);
  for (const stack of ['dev', 'prod']) {
    expect(permissionsOf(az, stack)).toEqual([
      ...['Application.ReadWrite.OwnedBy', 'AppRoleAssignment.ReadWrite.All'],
      ...['Group.Create', 'GroupMember.Read.All'],
    ]);
  }
}, 60_000);

/** What an identity may do in Microsoft Graph. */
function permissionsOf(az: StandInAz, who: string): readonly string[] {
  const [, identity] = things(az, 'identities').find(([id]) => id.endsWith(`-${who}`)) ?? [];
  const url = `https://graph.microsoft.com/v1.0/servicePrincipals/${String(identity?.principalId)}/appRoleAssignments`;
  const granted = (az.cloud.things[url]?.value ?? []) as { appRoleId: string }[];
  const named = ['Application.ReadWrite.OwnedBy', 'AppRoleAssignment.ReadWrite.All', 'Group.Create', 'GroupMember.Read.All']; // prettier-ignore
  return granted.map(
    ({ appRoleId }) => named.find((name) => guid(name) === appRoleId) ?? appRoleId,
  );
}

test('prod and dev are guarded by branch, and run one at a time', () => {
  const checks = (whole.az.cloud.things['PipelinesChecks/configurations']?.value ?? []) as {
    type: { id: string };
    resource: { type: string };
    settings: { inputs?: { allowedBranches: string } };
  }[];
  const kinds = checks.map(({ type, resource, settings }) =>
    [resource.type, type.id.slice(0, 8), settings.inputs?.allowedBranches ?? ''].join(' '),
  );
  expect(kinds.sort()).toEqual([
    'endpoint fe1de3ee refs/heads/main',
    'endpoint fe1de3ee refs/heads/main',
    'environment 2ef31ad6 ',
    'environment 2ef31ad6 ',
    'environment fe1de3ee refs/heads/main',
    'environment fe1de3ee refs/heads/main',
  ]);
});

test('each pipeline may use the service connections and environments that its file names, and no others', () => {
  const { things: all } = whole.az.cloud;
  const environments = (all['distributedtask/environments']?.value ?? []) as { id: string; name: string }[]; // prettier-ignore
  const names = new Map([
    ...Object.entries(all).flatMap(([key, { id, name }]): [string, string][] => (key.startsWith('connection/') ? [[`endpoint/${String(id)}`, `endpoint ${String(name)}`]] : [])), // prettier-ignore
    ...environments.map(({ id, name }): [string, string] => [`environment/${id}`, `environment ${name}`]), // prettier-ignore
  ]);
  const permitted = Object.entries(all).flatMap(([key, { pipelines }]) =>
    key.startsWith('permissions/')
      ? (pipelines as { id: number; authorized: boolean }[]).map(({ id, authorized }) => {
          const [pipeline = ''] = Object.entries(all).find(([name, one]) => name.startsWith('pipeline/') && one.id === id) ?? []; // prettier-ignore
          expect(authorized).toBe(true);
          return `${pipeline.replace('pipeline/mcp-gateway-', '')}: ${names.get(key.replace('permissions/', '')) ?? key}`;
        })
      : [],
  );
  const used = ['check', 'preview', 'deploy', 'destroy', 'drift'].flatMap((name) =>
    (name === 'destroy' ? ['dev', 'prod'] : ['']).flatMap((stack) =>
      jobsOf(
        join(root, `pipelines/${name}.yml`),
        stack === '' ? {} : { stack, confirm: stack },
      ).flatMap(({ job, steps }) => [
        // prettier-ignore
        ...(typeof job.environment === 'string' ? [`${name}: environment ${job.environment}`] : []),
        ...steps.flatMap(({ inputs }) => {
          const { azureSubscription } = (inputs ?? {}) as { azureSubscription?: string };
          return azureSubscription === undefined ? [] : [`${name}: endpoint ${azureSubscription}`];
        }),
      ]),
    ),
  );
  expect(used.length).toBeGreaterThan(10);
  expect(permitted.sort()).toEqual([...new Set(used)].sort());
});

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

function shortScope(scope: string): string {
  return scope
    .replace(/^.*\/(resourceGroups|storageAccounts|vaults)\//, '')
    .replace('/blobServices/default', '');
}
