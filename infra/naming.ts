import { createHash } from 'node:crypto';

/** What names are made of: it is part of many that must be unique in all of Azure. */
export const LABEL = /^[a-z0-9]{3,30}$/;

/** The names of everything in Azure that other things refer to by name. */
export interface ResourceNames {
  readonly resourceGroup: string;
  readonly network: string;
  readonly publicAddress: string;
  /** First part of the host name that Azure gives to the public address. */
  readonly dnsLabel: string;
  readonly edge: string;
  readonly firewall: string;
  readonly registry: string;
  readonly cluster: string;
  /** Resource group that AKS makes for the cluster's machines. */
  readonly nodeResourceGroup: string;
  readonly database: string;
  readonly logs: string;
  readonly insights: string;
  readonly gatewayIdentity: string;
  readonly routerIdentity: string;
  readonly workloadIdentity: string;
  readonly clusterIdentity: string;
  readonly edgeIdentity: string;
  readonly application: string;
}

/** The names under one label; equal labels give equal names. */
export function resourceNames(label: string): ResourceNames {
  if (!LABEL.test(label)) throw new Error(`'${label}' is no label: it must match ${LABEL.source}`);
  return {
    resourceGroup: `mg-rg-${label}`,
    network: `mg-vnet-${label}`,
    publicAddress: `mg-pip-${label}`,
    dnsLabel: /^[a-z]/.test(label) ? label : `mg-${label}`, // a host name begins with a letter
    edge: `mg-aag-${label}`,
    firewall: `mg-waf-${label}`,
    registry: `mgreg${label}`, // letters and digits alone
    cluster: `mg-aks-${label}`,
    nodeResourceGroup: `mg-aks-${label}-nodes`,
    database: `mg-storage-${label}`,
    logs: `mg-log-${label}`,
    insights: `mg-ai-${label}`,
    gatewayIdentity: `mg-identity-${label}`,
    routerIdentity: `mg-identity-${label}-router`,
    workloadIdentity: `mg-identity-${label}-workload`,
    clusterIdentity: `mg-identity-${label}-cluster`,
    edgeIdentity: `mg-identity-${label}-edge`,
    application: `mg-app-${label}`,
  };
}

/** Letters and digits that end a vault's name: a deleted vault keeps its name for days, so each one needs its own. */
export const VAULT_SUFFIX_LENGTH = 5;

/** The name of the vault, of which Azure allows 24 characters. */
export function vaultName(label: string, suffix: string): string {
  return `mg-kv-${label.slice(0, 12)}-${suffix}`;
}

/** This project's own namespace for name-based identifiers. */
const NAMESPACE = Buffer.from('5c8f5f0f2d4b4e0f9f3a6d1b7c2e9a41', 'hex');

/** The same GUID for the same words (RFC 9562, version 5), so that what is made again gets the same name. */
export function stableGuid(...words: readonly string[]): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(words.join('\n')).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
