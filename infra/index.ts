import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { readSettings } from './config.ts';
import { costText, monthlyCost } from './cost.ts';
import { platform } from './platform.ts';

const settings = readSettings();
void pulumi.log.info(costText(monthlyCost(settings)));

/** The outputs of the stack. */
export const {
  url,
  toolsUrl,
  adaptersUrl,
  mcpJson,
  publicAddress,
  fqdn,
  resourceGroup,
  cluster,
  namespaces,
  registry,
  imageTags,
  database,
  databaseEndpoint,
  vault,
  tenantId,
  clientId,
  gatewayIdentityClientId,
  workloadIdentityClientId,
  monthlyDollars,
} = platform(settings, resolve(import.meta.dirname, '..'));
