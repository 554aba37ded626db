import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guid, SUBSCRIPTION } from './stand-ins/az/cloud.ts';
import type { StandInAz } from './stand-ins/az/stand-in.ts';
import { end, GIVEN, roles, setup, things, writes, type Setup } from './support/bootstrap.ts';
import { jobsOf } from './support/jobs.ts';
import { root } from './support/scripts.ts';

/** What one whole run has made; these tests look at that. */
let whole: Setup;

beforeAll(async () => {
  whole = await setup();
  expect(await whole.bootstrap(GIVEN)).toMatchObject({ status: 0, stderr: '' });
}, 120_000);

afterAll(end);

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

test('the condition that the documentation gives for the vault of certificates is that of a pipeline, with one role alone', () => {
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
  const documented = /--role 'Role Based Access Control Administrator'[^`]*--condition "([^"]+)"/.exec(page)?.[1]; // prettier-ignore
  const [granted = {}] = roles(whole.az).filter(({ condition }) => condition !== '');
  const secretsUser = '4633458b-17de-408a-b874-0445c86b69e6';
  expect(documented).toBe(String(granted.condition).replaceAll(/(?<=GuidEquals )\{[^}]+\}/g, `{${secretsUser}}`)); // prettier-ignore
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

test('a service connection that was made anew is trusted by the next run, and nothing is deleted', async () => {
  const { az, bootstrap } = await setup();
  expect(await bootstrap(GIVEN)).toMatchObject({ status: 0, stderr: '' });
  const before = structuredClone(az.cloud.things);
  const [id = ''] = things(az, 'credentials').find(([name]) => name.includes('-prod/')) ?? [];
  for (const [field, old] of [
    ['subject', '/of/the/old/connection'],
    ['issuer', 'https://vstoken.dev.azure.com/o'],
  ] as const) {
    // prettier-ignore
    az.cloud.things[id] = { ...az.cloud.things[id], [field]: old };
    const made = writes(az).length;
    expect(await bootstrap(GIVEN)).toMatchObject({ status: 0, stderr: '' });
    expect(writes(az).slice(made).map(({ command }) => command)).toEqual(['identity federated-credential update']); // prettier-ignore
    expect(az.cloud.things).toEqual(before);
  }
}, 60_000);

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

function shortScope(scope: string): string {
  return scope
    .replace(/^.*\/(resourceGroups|storageAccounts|vaults)\//, '')
    .replace('/blobServices/default', '');
}
