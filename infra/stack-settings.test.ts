import { describe, expect, test } from '@jest/globals';
import { PROFILES } from './profiles.ts';
import { Given } from './settings.ts';
import type { Settings } from './profiles.ts';
import { stackSettings } from './stack-settings.ts';
import { CERTIFICATE, DEV, PROD } from './testing/stacks.ts';

const read = (values: Record<string, string>, encrypted: readonly string[] = []): Settings =>
  stackSettings({ values, encrypted: (name) => encrypted.includes(name) });

function mistakes(values: Record<string, string>): string[] {
  try {
    read(values);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
}

test('a profile decides what the stack leaves open', () => {
  expect(read(DEV)).toEqual({ ...PROFILES.dev, ...DEV });
  expect(read(PROD)).toEqual({ ...PROFILES.prod, ...PROD });
});

test('what the stack says wins, whatever its kind', () => {
  const said = { nodesMax: '7', privateEndpoints: 'true', registryTier: 'Premium', tls: 'none', zones: '["2"]' }; // prettier-ignore
  expect(read({ ...DEV, ...said })).toMatchObject({
    nodesMax: 7,
    privateEndpoints: true,
    zones: ['2'],
  });
});

test('nobody changes settings after they were read', () => {
  expect(Object.isFrozen(read(DEV))).toBe(true);
});

test('all mistakes are named at once, those of single settings and those between them', () => {
  const wrong = {
    profile: 'dev',
    label: 'Contoso!',
    nodesMin: '5',
    nodesMax: '2',
    zones: '["4"]',
    nodeMax: '3',
    podAddresses: '10.0.0.0/16',
    gatewaySettings: '{"HEARTBEAT_SECONDS":"3000","PORT":"1","LOGLEVEL":"info","LOG_LEVEL":"loud"}',
  };
  const found = mistakes(wrong);
  expect(found.map((line) => line.split(':')[0]).sort()).toEqual(
    [
      'label',
      'location',
      'nodesMin',
      'zones.0',
      'nodeMax',
      'addressSpace',
      'gatewaySettings.PORT',
      'gatewaySettings.LOGLEVEL',
      'gatewaySettings.LOG_LEVEL',
    ].sort(),
  );
});

test('a setting that cannot be used is not blamed again for what depends on it', () => {
  const certificate = { tls: 'nonsense', certificateId: PROD.certificateId };
  expect(mistakes({ ...DEV, ...certificate })).toHaveLength(1);
});

test('a message never repeats a value', () => {
  const secret = 'hunter2hunter2';
  for (const name of Object.keys(Given.shape)) {
    expect(mistakes({ ...DEV, [name]: secret }).join()).not.toContain(secret);
  }
});

test('what is secret must be kept encrypted', () => {
  const pfx = { tls: 'pfx', certificatePfx: 'c2VjcmV0' };
  expect(mistakes({ ...DEV, ...pfx })).toEqual(['certificatePfx: must be set with --secret']);
  expect(read({ ...DEV, ...pfx }, ['certificatePfx']).tls).toBe('pfx');
  const key = { gatewaySettings: '{"COSMOS_KEY":"c2VjcmV0"}' };
  expect(mistakes({ ...DEV, ...key })).toEqual(['gatewaySettings: must be set with --secret']);
});

test('only the roles of the application are given to groups', () => {
  const groups = ['5c1a9a4e-0000-4000-8000-000000000003'];
  const of = (role: string) => mistakes({ ...DEV, roleGroups: JSON.stringify({ [role]: groups }) });
  expect(of('mcp.engineer')).toEqual([]);
  expect(of('mcp.engineers')).toEqual([
    'roleGroups: must name none but mcp.admin, mcp.engineer, mcp.reader',
  ]);
});

test('what is trusted is certificates, of which none is left out and no key is among them', () => {
  const trusting = (trustedCertificates: string) => mistakes({ ...DEV, trustedCertificates });
  expect(trusting(CERTIFICATE)).toEqual([]);
  expect(trusting(`# ours\n${CERTIFICATE}\n${CERTIFICATE}`)).toEqual([]);
  const wrong = ['', 'corporate-root', CERTIFICATE.replace('M', 'N'), `${CERTIFICATE}-----BEGIN PRIVATE KEY-----`]; // prettier-ignore
  for (const text of wrong) {
    expect(trusting(text)).toEqual(['trustedCertificates: must be certificates in PEM, and nothing else']); // prettier-ignore
  }
});

describe('what does not go together', () => {
  const cases: [string, Record<string, string>, string][] = [
    ['a certificate of another kind', { ...DEV, certificateId: PROD.certificateId, certificateVaultId: PROD.certificateVaultId }, 'certificateId'], // prettier-ignore
    ['a kind without its certificate', { ...DEV, tls: 'keyVault' }, 'certificateId'],
    ['an existing application without its id', { ...DEV, signIn: 'existing' }, 'clientId'],
    ['an issuer without audiences', { ...DEV, signIn: 'oidc', oidcIssuer: 'https://id.example' }, 'oidcAudiences'], // prettier-ignore
    ['groups of an application that is not made here', { ...DEV, signIn: 'existing', clientId: '5c1a9a4e-0000-4000-8000-000000000003', createGroups: 'true' }, 'createGroups'], // prettier-ignore
    ['private endpoints of a cheap registry', { ...DEV, privateEndpoints: 'true' }, 'registryTier'],
    ['a certificate from a vault that is closed', { ...DEV, privateEndpoints: 'true', registryTier: 'Premium' }, 'tls'], // prettier-ignore
    ['no place for the gateway', { ...DEV, systemNodesOnly: 'true' }, 'nodesMin'],
    ['throughput that Azure does not sell', { ...DEV, databaseThroughput: '1500' }, 'databaseThroughput'], // prettier-ignore
    ['plain HTTP in production', { ...DEV, profile: 'prod', tls: 'none' }, 'tls'],
    ['a certificate that nobody trusts in production', { ...DEV, profile: 'prod', tls: 'selfSigned' }, 'tls'], // prettier-ignore
    ['an open door in production', { ...PROD, privateEndpoints: 'false' }, 'privateEndpoints'],
    ['no firewall in production', { ...PROD, firewall: 'off' }, 'firewall'],
    ['one gateway in production', { ...PROD, gatewaysMin: '1' }, 'gatewaysMin'],
    ['one router in production', { ...PROD, routersMin: '1' }, 'routersMin'],
    ['a silence that the edge takes for the end', { ...DEV, gatewaySettings: '{"HEARTBEAT_SECONDS":"900"}' }, 'gatewaySettings.HEARTBEAT_SECONDS'], // prettier-ignore
    ['more patience than the edge has', { ...DEV, gatewaySettings: '{"ANSWER_TIMEOUT_SECONDS":"3600"}' }, 'gatewaySettings.ANSWER_TIMEOUT_SECONDS'], // prettier-ignore
  ];
  test.each(cases)('%s', (_, values, name) => {
    expect(mistakes(values).map((line) => line.split(':')[0])).toContain(name);
  });
});
