import { Vault } from '@pulumi/azure-native/keyvault/index.js';
import { getResourceGroupOutput, ResourceGroup } from '@pulumi/azure-native/resources/index.js';
import * as pulumi from '@pulumi/pulumi';
import { RandomPassword } from '@pulumi/random';

// As small as a program can be that has all that the scripts of the pipelines deal with.
const config = new pulumi.Config();
const group = new ResourceGroup('group', {
  resourceGroupName: config.require('label'),
  location: 'westeurope',
  tags: config.getObject<Record<string, string>>('tags') ?? {},
});
const read = getResourceGroupOutput({ resourceGroupName: group.name });
const store = new Vault('vault', {
  resourceGroupName: read.name,
  vaultName: 'mg-kv-dev',
  properties: {
    tenantId: '22222222-2222-2222-2222-222222222222',
    sku: { family: 'A', name: 'standard' },
  },
});
const password = new RandomPassword('password', { length: 32 });

export const url = config.require('gatewayUrl');
export const mcpJson = JSON.stringify({
  servers: { gateway: { type: 'http', url: `${url}/mcp` } },
});
export const publicAddress = '127.0.0.1';
export const fqdn = 'localhost';
export const vault = store.name;
export const key = password.result;
