import type { Given } from './settings.ts';

/** What a profile decides where the stack says nothing. */
export type ProfileDefaults = Omit<
  Given,
  | 'profile'
  | 'label'
  | 'location'
  | 'resourceGroup'
  | 'hostname'
  | 'certificatePfx'
  | 'certificateId'
  | 'certificateVaultId'
  | 'clientId'
  | 'tenantId'
  | 'oidcIssuer'
  | 'trustedCertificates'
>;

/** The settings of a stack, complete: what it says itself, and its profile's word on everything else. */
export type Settings = Readonly<Given & ProfileDefaults>;

const COMMON = {
  tags: {},
  addressSpace: '10.0.0.0/16',
  podAddresses: '10.244.0.0/16',
  serviceAddresses: '192.168.0.0/16',
  allowedClients: [],
  apiServerClients: [],
  upgradeChannel: 'stable',
  maintenanceDay: 'Sunday',
  maintenanceHour: 2,
  databaseThroughput: 1000,
  logDailyGb: -1,
  alertEmails: [],
  signIn: 'create',
  identifierUris: [],
  createGroups: false,
  roleGroups: {},
  oidcAudiences: [],
  allowedImages: [],
  imageGeneration: 1,
  keyGeneration: 1,
  gatewaySettings: {},
  routerSettings: {},
} as const satisfies Partial<ProfileDefaults>;

/** Cheap, and gone without a trace when destroyed. */
const DEV: ProfileDefaults = {
  ...COMMON,
  privateEndpoints: false,
  clusterTier: 'Free',
  zones: [],
  systemNodeSize: 'Standard_D2ds_v5',
  systemNodes: 1,
  systemNodesOnly: false,
  nodeSize: 'Standard_D2ds_v5',
  nodesMin: 0,
  nodesMax: 3,
  registryTier: 'Basic',
  databaseMode: 'serverless',
  databaseBackupDays: '7',
  protectData: false,
  tls: 'selfSigned',
  firewall: 'detection',
  edgeMin: 0,
  edgeMax: 2,
  logDays: 30,
  logDailyGb: 1,
  gatewaysMin: 1,
  gatewaysMax: 3,
  routersMin: 1,
  routersMax: 3,
  sampleServers: true,
};

/** Survives the loss of a zone, is closed to the outside, and keeps what it knows. */
const PROD: ProfileDefaults = {
  ...COMMON,
  privateEndpoints: true,
  clusterTier: 'Standard',
  zones: ['1', '2', '3'],
  systemNodeSize: 'Standard_D2ds_v5',
  systemNodes: 3,
  systemNodesOnly: true,
  nodeSize: 'Standard_D4ds_v5',
  nodesMin: 3,
  nodesMax: 12,
  registryTier: 'Premium',
  databaseMode: 'autoscale',
  databaseBackupDays: '30',
  protectData: true,
  tls: 'keyVault',
  firewall: 'prevention',
  edgeMin: 2,
  edgeMax: 10,
  logDays: 90,
  gatewaysMin: 3,
  gatewaysMax: 10,
  routersMin: 2,
  routersMax: 10,
  sampleServers: false,
};

/** The defaults of each profile. */
export const PROFILES: Readonly<Record<Given['profile'], ProfileDefaults>> = {
  dev: DEV,
  prod: PROD,
};
