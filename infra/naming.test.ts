import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LABEL, resourceNames, stableGuid, vaultName, VAULT_SUFFIX_LENGTH } from './naming.ts';

/** What Azure takes as a name, as its documentation says. */
const AZURE = {
  resourceGroup: /^[\w().-]{1,89}[\w()-]$/,
  network: /^[a-z0-9][\w.-]{0,62}\w$/i,
  publicAddress: /^[a-z0-9][\w.-]{0,78}\w$/i,
  dnsLabel: /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/,
  edge: /^[a-z0-9][\w.-]{0,78}\w$/i,
  firewall: /^[a-z0-9][\w.-]{0,126}\w$/i,
  registry: /^[a-zA-Z0-9]{5,50}$/,
  cluster: /^[a-z0-9][\w-]{0,61}[a-z0-9]$/i,
  nodeResourceGroup: /^[\w().-]{1,79}[\w()-]$/,
  database: /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/,
  logs: /^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$/i,
  insights: /^[^%&\\?/]{0,259}[^%&\\?/. ]$/,
  gatewayIdentity: /^[a-z0-9][\w-]{2,127}$/i,
  routerIdentity: /^[a-z0-9][\w-]{2,127}$/i,
  workloadIdentity: /^[a-z0-9][\w-]{2,127}$/i,
  clusterIdentity: /^[a-z0-9][\w-]{2,127}$/i,
  edgeIdentity: /^[a-z0-9][\w-]{2,127}$/i,
  application: /^.{1,256}$/,
} as const;

const labels = fc.stringMatching(LABEL);

test('every label gives names that Azure takes', () => {
  fc.assert(
    fc.property(labels, (label) => {
      const names = resourceNames(label);
      expect(Object.keys(names).sort()).toEqual(Object.keys(AZURE).sort());
      for (const [name, pattern] of Object.entries(AZURE))
        expect(names[name as keyof typeof AZURE]).toMatch(pattern);
    }),
  );
});

test('the names are those of the established deployment', () => {
  expect(resourceNames('contoso')).toMatchObject({
    registry: 'mgregcontoso',
    database: 'mg-storage-contoso',
    edge: 'mg-aag-contoso',
    insights: 'mg-ai-contoso',
    cluster: 'mg-aks-contoso',
    gatewayIdentity: 'mg-identity-contoso',
    workloadIdentity: 'mg-identity-contoso-workload',
    publicAddress: 'mg-pip-contoso',
    network: 'mg-vnet-contoso',
  });
});

test('two labels share no name', () => {
  fc.assert(
    fc.property(labels, labels, (one, other) => {
      fc.pre(one !== other);
      const taken = new Set<string>(Object.values(resourceNames(one)));
      for (const name of Object.values(resourceNames(other))) expect(taken).not.toContain(name);
    }),
  );
});

test('what is no label is refused', () => {
  for (const wrong of ['', 'ab', 'Contoso', 'con-toso', 'a'.repeat(31), 'contoso\n'])
    expect(() => resourceNames(wrong)).toThrow('is no label');
});

test("a vault's name fits whatever the label", () => {
  fc.assert(
    fc.property(labels, (label) => {
      const name = vaultName(label, 'x'.repeat(VAULT_SUFFIX_LENGTH));
      expect(name).toMatch(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
    }),
  );
});

test('the same words give the same GUID, others another, and it is one of version 5', () => {
  expect(stableGuid('a', 'b')).toBe(stableGuid('a', 'b'));
  expect(stableGuid('a', 'b')).not.toBe(stableGuid('ab'));
  expect(stableGuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/); // prettier-ignore
});
