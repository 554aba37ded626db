import { expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { refuseForbidden } from './platform-rules.ts';

const workload: Workload = {
  kind: 'adapter',
  name: 'weather',
  uid: 'uid-1',
  image: { name: 'team/weather', version: '1' },
  replicas: 1,
  environment: {},
  secretEnvironment: {},
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
};
const rules = { blockedEgress: ['10.96.0.0/16'], ipFamilies: ['IPv4'] as const };

function refusal(change: Partial<Workload>, allowedImages?: string[]): unknown {
  try {
    refuseForbidden(
      { ...workload, ...change },
      { ...rules, ...(allowedImages && { allowedImages }) },
    );
    return undefined;
  } catch (error) {
    return error;
  }
}

test('without a list any image may run, with one only those that it names', () => {
  expect(refusal({})).toBeUndefined();
  expect(refusal({}, ['team/*'])).toBeUndefined();
  expect(refusal({}, ['team/weather'])).toBeUndefined();
  for (const other of ['team', 'team/we*', 'teams/*', 'weather']) {
    expect(refusal({}, [other])).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('"team/weather"'),
    });
  }
});

test('a server may not list what is blocked for all', () => {
  const egress = [
    { cidr: '10.1.0.0/16' },
    { cidr: '10.96.3.0/24' },
    { cidr: '169.254.169.254/32' },
  ];
  expect(refusal({ egress })).toMatchObject({
    errors: [{ path: 'egress.1.cidr' }, { path: 'egress.2.cidr' }],
  });
});

test('a server may not list addresses that no server has a way to', () => {
  expect(refusal({ egress: [{ cidr: '2001:db8::/32' }] })).toMatchObject({
    errors: [{ path: 'egress.0.cidr', message: expect.stringContaining('address family') }],
  });
});
