import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pulumiHere, ROOT, startEngine, type Engine } from './support/engine.ts';
import { makeStack } from './support/stack.ts';

const pulumi = pulumiHere('a preview of the program');
const here = pulumi === undefined ? describe.skip : describe;

interface Planned {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly protect?: boolean;
  readonly dependencies?: readonly string[];
}

let engine: Engine | undefined;
beforeAll(() => {
  if (pulumi !== undefined) engine = startEngine(pulumi);
});
afterAll(() => engine?.drop());

here.each(['dev', 'prod'])('a first preview of %s, from nothing', (stack) => {
  let planned: readonly Planned[] = [];

  beforeAll(async () => {
    if (engine === undefined) throw new Error('there is no engine');
    const { succeed, set } = await makeStack(engine, stack);
    await set(committedSettings(stack));
    const { steps } = JSON.parse(
      await succeed('preview', '--json', '--policy-pack', 'infra/policy'),
    ) as { steps: { op: string; newState: Planned }[] };
    expect(steps.map(({ op }) => op).filter((op) => op !== 'create')).toEqual([]);
    planned = steps.map(({ newState }) => newState);
  });

  const before = (urn: string, seen = new Set<string>()): Set<string> => {
    const resource = planned.find((each) => each.urn === urn);
    const provider = resource?.provider?.split('::').slice(0, -1).join('::');
    for (const next of [...(resource?.dependencies ?? []), ...(provider ? [provider] : [])]) {
      if (!seen.has(next)) before(next, seen.add(next));
    }
    return seen;
  };
  const of = (type: string) => planned.filter((each) => each.type.endsWith(type));
  const needs = (type: string, name: RegExp): void => {
    for (const { urn } of of(type))
      expect([...before(urn)].some((each) => name.test(each))).toBe(true);
  };

  test('plans the whole program', () => expect(planned.length).toBeGreaterThan(100));

  test('builds an image before a Deployment of it, and lets nodes pull before that', () => {
    needs(':Deployment', /local:Command::(gateway|tool-router)$/);
    needs(':Deployment', /RoleAssignment::platform-pulls$/);
  });

  test('trusts service accounts, and fills the database, before pods start', () => {
    needs(':Deployment', /FederatedIdentityCredential::gateway$/);
    needs(':Deployment', /SqlResourceSqlContainer::AdapterContainer$/);
    needs(':Deployment', /SqlResourceSqlRoleAssignment::writer$/);
    needs(':Deployment', /RoleBinding::adapter-rolebinding-gateway$/);
  });

  test('lets the edge read its certificate before there is an edge', () =>
    needs(':ApplicationGateway', /RoleAssignment::platform-reads-certificate$/));

  test('lets the cluster join its subnets before there is a cluster', () => {
    needs(':ManagedCluster', /RoleAssignment::cluster-joins-nodes$/);
    needs(':ManagedCluster', /RoleAssignment::cluster-joins-load-balancer$/);
  });

  test('has no circle', () => {
    for (const { urn } of planned) expect(before(urn).has(urn)).toBe(false);
  });

  test('puts nothing into a cluster but by the provider of that cluster', () => {
    const objects = planned.filter(({ type }) => type.startsWith('kubernetes:'));
    expect(objects.length).toBeGreaterThan(25);
    for (const { provider } of objects) expect(provider).toMatch(/Workloads\$pulumi:providers:kubernetes::platform::/); // prettier-ignore
  });

  test('protects what keeps data where it is to be kept', () => {
    const stores = [':DatabaseAccount', ':SqlResourceSqlDatabase', ':SqlResourceSqlContainer', ':Vault', ':Registry'].flatMap(of); // prettier-ignore
    const azure = stores.filter(({ type }) => type.startsWith('azure-native:'));
    for (const { protect = false } of azure) expect(protect).toBe(stack === 'prod');
  });
});

/** What the stack's file in this repository says. */
function committedSettings(stack: string): Readonly<Record<string, string>> {
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), 'utf8')) as { config: Record<string, string> }; // prettier-ignore
  return Object.fromEntries(
    Object.entries(config).map(([name, text]) => [name.replace('mcp-gateway:', ''), text]),
  );
}
