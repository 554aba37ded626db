import { createHash } from 'node:crypto';
import { platformObjects } from '@mcp-gateway/platform/kubernetes/deployment/platform';
import { toolRouterObjects } from '@mcp-gateway/platform/kubernetes/deployment/tool-router';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { AUDIENCE, type Companions } from './companions.ts';
import { productTag } from './product-images.ts';

/** Of the gateway, and of the tool router. */
export const REPLICAS = 2;

/** What a deployment keeps to itself; lists as the settings of the same names take them. */
export interface StackSecrets {
  readonly sessionKeys: string;
  readonly gatewaySecrets: string;
}

interface Stack {
  readonly namespace: string;
  readonly workloads: string;
  readonly nodePort: number;
  readonly origin: string;
  readonly companions: Companions;
}

/** The platform, with what its operators bring: secrets and certificates. */
export function stackObjects(stack: Stack, secrets: StackSecrets): readonly Manifest[] {
  const { namespace, companions } = stack;
  const objects = [...platformObjects(gateway(stack, secrets)), ...toolRouterObjects(router(stack, secrets))]; // prettier-ignore
  const isNamespace = ({ kind }: Manifest): boolean => kind === 'Namespace';
  const { key } = companions.cosmos;
  return [
    ...objects.filter(isNamespace),
    secret('gateway', namespace, {
      'session-keys': secrets.sessionKeys,
      'gateway-secrets': secrets.gatewaySecrets,
      'cosmos-key': key,
    }),
    secret('tool-router', namespace, { 'gateway-secrets': secrets.gatewaySecrets, 'cosmos-key': key }), // prettier-ignore
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'companions', namespace }, data: { 'ca.pem': companions.certificate } } as never, // prettier-ignore
    ...objects.filter((object) => !isNamespace(object)),
  ];
}

function gateway(stack: Stack, secrets: StackSecrets): Parameters<typeof platformObjects>[0] {
  const { issuer } = stack.companions;
  return {
    ...common(stack, secrets),
    workloadNamespace: stack.workloads,
    image: productTag('gateway'),
    settings: {
      ...database(stack),
      PUBLIC_ORIGIN: stack.origin,
      ALLOW_HTTP_ORIGIN: 'true',
      IDENTITY: 'oidc',
      OIDC_ISSUER: issuer,
      AUDIENCES: AUDIENCE,
    },
    secrets: {
      SESSION_KEYS: { name: 'gateway', key: 'session-keys' },
      GATEWAY_SECRETS: { name: 'gateway', key: 'gateway-secrets' },
      COSMOS_KEY: { name: 'gateway', key: 'cosmos-key' },
    },
    toolRouter: true,
    nodePort: stack.nodePort,
  };
}

function router(stack: Stack, secrets: StackSecrets): Parameters<typeof toolRouterObjects>[0] {
  const { address, port } = stack.companions.cosmos;
  return {
    ...common(stack, secrets),
    image: productTag('tool-router'),
    settings: database(stack),
    secrets: {
      GATEWAY_SECRETS: { name: 'tool-router', key: 'gateway-secrets' },
      COSMOS_KEY: { name: 'tool-router', key: 'cosmos-key' },
    },
    egress: [{ cidr: `${address}/32`, ports: [port] }],
  };
}

function common({ namespace }: Stack, secrets: StackSecrets) {
  return {
    namespace,
    replicas: REPLICAS,
    revision: createHash('sha256').update(JSON.stringify(secrets)).digest('hex').slice(0, 12),
    trustedCertificates: { configMap: 'companions', key: 'ca.pem' },
    // The tests' machine is small, and nobody else is on it.
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
  };
}

function database({ companions }: Stack) {
  const { endpoint, database: name } = companions.cosmos;
  return { COSMOS_ENDPOINT: endpoint, COSMOS_DATABASE: name };
}

function secret(
  name: string,
  namespace: string,
  stringData: Readonly<Record<string, string>>,
): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData } as never; // of no kind that the types know
}
