import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { kubernetesSettings, kubernetesShape } from './kubernetes-settings.ts';
import { parseSettings, SettingsError } from './settings.ts';

const read = (environment: Record<string, string>) =>
  kubernetesSettings(parseSettings(z.object(kubernetesShape), environment));

test('without a namespace workloads run on this machine', () => {
  expect(read({ POD_NAMESPACE: 'mcp-gateway' })).toBeUndefined();
});

test('workloads run apart from the gateway, whose secrets they could otherwise refer to', () => {
  const own = { POD_NAMESPACE: 'mcp-gateway' };
  expect(read({ ...own, WORKLOAD_NAMESPACE: 'mcp-servers' })).toMatchObject({
    workloadNamespace: 'mcp-servers',
    ownNamespace: 'mcp-gateway',
  });
  expect(() => read({ ...own, WORKLOAD_NAMESPACE: 'mcp-gateway' })).toThrow(SettingsError);
  expect(() => read({ WORKLOAD_NAMESPACE: 'default' })).toThrow(/POD_NAMESPACE/);
});
