import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standInAz, type StandInAz } from '../pipelines/stand-ins/az/stand-in.ts';
import { workplace, type Workplace } from '../pipelines/support/scripts.ts';
import { copyCheckout } from './support/checkout.ts';
import { pulumiHere, startEngine, type Engine } from './support/engine.ts';
import { makeStack, type CloudThing, type TestStack } from './support/stack.ts';

const pulumi = pulumiHere('the cloud on paper');
/** No cluster is needed for what is outside of it. */
const OUTSIDE = ['--exclude', '**Workloads$kubernetes:**', '--policy-pack', 'infra/policy'];
const UP = ['up', '--yes', '--skip-preview', ...OUTSIDE];
/** Paper knows no machines that build inside of a network. */
const BUT_BUILDS = ['--exclude', '**infra:Images$**'];
const DEV = { profile: 'dev', label: 'contoso', location: 'westeurope' };
const PFX = Buffer.from('a certificate with its key, as far as paper can tell').toString('base64');
const STORES = [':DatabaseAccount', ':SqlResourceSqlDatabase', ':SqlResourceSqlContainer', ':Registry', ':Vault']; // prettier-ignore

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** One stack from nothing to nothing: each test goes on where the one before has left it. */
(pulumi === undefined ? describe.skip : describe)('all that is outside of the cluster', () => {
  let checkout: ReturnType<typeof copyCheckout>;
  let place: Workplace;
  let az: StandInAz;
  let engine: Engine;
  let stack: TestStack;

  beforeAll(async () => {
    checkout = copyCheckout();
    place = workplace();
    az = await standInAz();
    place.standIn('az', az.script);
    const kubeconfig = join(place.folder, 'kubeconfig');
    writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\n');
    engine = startEngine(pulumi ?? '', {
      checkout: checkout.folder,
      environment: { PATH: `${place.folder}/bin`, PAPER_CLOUD_KUBECONFIG: kubeconfig },
    });
    stack = await makeStack(engine, 'paper');
    await stack.set({ ...DEV, tls: 'pfx' }, { certificatePfx: PFX });
  });

  afterAll(async () => {
    engine.drop();
    await az.close();
    place.drop();
    checkout.drop();
  });

  const inCloud = (type: string): readonly CloudThing[] =>
    stack.cloud().filter((thing) => thing.type.endsWith(type));
  const ids = (): readonly string[] => stack.cloud().map(({ id }) => id).sort(); // prettier-ignore
  /** What would change, by type and name. */
  async function plan(...more: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const text = await stack.succeed('preview', '--json', ...OUTSIDE, ...more);
    const { steps } = JSON.parse(text) as { steps: readonly Step[] };
    const changes = steps.filter(({ op }) => op !== 'same' && op !== 'read');
    return Object.fromEntries(changes.map(({ op, urn }) => [urn.replace(/^.*[$:](?=\w+::[^:]+$)/, ''), op])); // prettier-ignore
  }

  test('a create that fails and an answer that is lost end up, which keeps what it has made', async () => {
    stack.fail(
      { type: '*:ManagedCluster', operation: 'create', times: 1, error: 'QuotaExceeded: no cores left' }, // prettier-ignore
      { type: '*:ActionGroup', operation: 'create', times: 1, after: true, error: 'connection reset' }, // prettier-ignore
    );
    const { status, stdout, stderr } = await stack.run(...UP, '--continue-on-error');
    stack.fail();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('QuotaExceeded: no cores left');
    expect(stdout + stderr).toContain('connection reset');
    expect(inCloud(':ManagedCluster')).toEqual([]);
    expect(inCloud(':ActionGroup')).toHaveLength(1);
    const known = (await stack.resources()).map(({ id }) => id);
    const lost = ids().filter((id) => !known.includes(id));
    expect(lost).toEqual([inCloud(':ActionGroup')[0]?.id]);
  });

  test('the next up names what it does not know, and goes on once that is gone', async () => {
    const before = ids();
    const group = inCloud(':ActionGroup')[0]?.id ?? '';
    const { status, stdout, stderr } = await stack.run(...UP, '--continue-on-error');
    expect(status).not.toBe(0);
    expect(stdout + stderr).toMatch(new RegExp(`${group}.*already exists|already exists.*${group}`, 'i')); // prettier-ignore
    stack.tamper((things) => things.filter(({ id }) => id !== group));
    await stack.succeed(...UP);
    expect(ids()).toEqual(expect.arrayContaining([...before]));
    expect(inCloud(':ManagedCluster')).toHaveLength(1);
    await stack.succeed(...UP, '--expect-no-changes');
  });

  test('a secret setting comes to the vault, and is nowhere else to be read', () => {
    const [secret] = inCloud(':Secret');
    expect(secret?.properties).toMatchObject({ properties: { value: PFX } });
    expect([stack.files(), ...engine.said].join('\n')).not.toContain(PFX);
  });

  const pools = (): unknown => inCloud(':ManagedCluster')[0]?.properties.agentPoolProfiles;
  const change = (type: string, properties: CloudThing['properties']): void => {
    const [changed] = inCloud(type);
    stack.tamper((things) =>
      things.map((thing) =>
        thing.id === changed?.id
          ? { ...thing, properties: { ...thing.properties, ...properties } }
          : thing,
      ),
    );
  };

  test('drift is found by a refresh, and mended by the next up; a pool of its own is none', async () => {
    const [alert] = inCloud(':MetricAlert');
    stack.tamper((things) => things.filter(({ id }) => id !== alert?.id));
    change(':Registry', { adminUserEnabled: true });
    // Azure tells of all pools of a cluster, also of those that are resources of their own.
    change(':ManagedCluster', { agentPoolProfiles: [...(pools() as object[]), { name: 'servers' }] }); // prettier-ignore
    const found = await stack.run('refresh', '--preview-only', '--expect-no-changes');
    expect(found.status).not.toBe(0);
    await stack.succeed('refresh', '--yes', '--skip-preview');
    const changes = await plan();
    expect(Object.values(changes).sort()).toEqual(['create', 'update']);
    expect(changes).toMatchObject({ 'Registry::platform': 'update' });
    await stack.succeed(...UP);
    expect(inCloud(':Registry')[0]?.properties.adminUserEnabled).toBe(false);
    expect(ids()).toContain(alert?.id);
    await stack.succeed('refresh', '--yes', '--skip-preview', '--expect-no-changes');
  });

  test('what a policy forbids is not deployed', async () => {
    const file = join(checkout.folder, 'infra/components/registry.ts');
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, source.replace('adminUserEnabled: false', 'adminUserEnabled: true'));
    const before = stack.cloud();
    const { status, stdout, stderr } = await stack.run(...UP);
    writeFileSync(file, source);
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('[mandatory]');
    expect(stack.cloud()).toEqual(before);
  });

  const daysInVault = (): unknown =>
    (inCloud(':Vault')[0]?.properties.properties as CloudThing['properties'] | undefined)?.softDeleteRetentionInDays; // prettier-ignore
  const production = () => ({
    ...DEV,
    profile: 'prod',
    zones: '[]',
    databaseMode: 'serverless',
    tls: 'keyVault',
    certificateId: 'https://contoso.vault.azure.net/secrets/mcp',
    certificateVaultId: inCloud(':Vault')[0]?.id ?? '',
  });

  test('from dev to prod: doors close and more comes, and nothing that keeps data is made anew', async () => {
    const before = { pools: pools(), days: daysInVault() };
    await stack.set(production());
    const changes = await plan(...BUT_BUILDS);
    const stores = Object.entries(changes).filter(([name]) => STORES.some((type) => `:${name}`.includes(`${type}::`))); // prettier-ignore
    expect(stores.length).toBeGreaterThan(2);
    expect(new Set(stores.map(([, op]) => op))).toEqual(new Set(['update']));
    await stack.succeed(...UP, ...BUT_BUILDS);
    for (const type of [':DatabaseAccount', ':Registry']) {
      expect(inCloud(type)[0]?.properties.publicNetworkAccess).toBe('Disabled');
    }
    expect(inCloud(':PrivateEndpoint')).toHaveLength(3);
    // Azure would refuse another number of days, and the provider changes no pool of a cluster.
    expect({ pools: pools(), days: daysInVault() }).toEqual(before);
    expect(inCloud(':Vault')[0]?.properties).toMatchObject({ properties: { enablePurgeProtection: true } }); // prettier-ignore
    await stack.succeed(...UP, ...BUT_BUILDS, '--expect-no-changes');
  });

  test('destroy spares what is protected, until that is said to be no more', async () => {
    const { status, stdout, stderr } = await stack.run('destroy', '--yes', '--skip-preview');
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('protected');
    expect(inCloud(':DatabaseAccount')).toHaveLength(1);
    expect(inCloud(':Vault')).toHaveLength(1);
  });

  test('for a teardown nothing is taken back that Azure would not take back', async () => {
    const before = inCloud(':Vault')[0]?.properties;
    await stack.set({ ...production(), protectData: 'false' });
    await stack.succeed(...UP, ...BUT_BUILDS);
    expect(inCloud(':Vault')[0]?.properties).toEqual(before);
    const stores = (await stack.resources()).filter(({ type }) => STORES.some((store) => type.endsWith(store))); // prettier-ignore
    expect(stores.length).toBeGreaterThan(2);
    for (const { protect = false } of stores) expect(protect).toBe(false);
  });

  test('destroy leaves nothing', async () => {
    // The certificate is read from the stack's own vault here, which would go before the right on it.
    await stack.set({ ...DEV, tls: 'none', protectData: 'false' });
    await stack.succeed(...UP);
    await stack.succeed('destroy', '--yes', '--skip-preview');
    expect(stack.cloud()).toEqual([]);
    expect(await stack.resources()).toEqual([]);
  });
});
