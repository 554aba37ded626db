import type { V1Deployment, V1EnvVar, V1NetworkPolicy, V1Service } from '@kubernetes/client-node';
import type { Manifest, Wire } from '../objects.ts';
import { firstPartyBudget, firstPartyMetadata, variables, volumes } from './first-party.ts';
import { DRAIN_SECONDS, firstPartyPods } from './first-party-pods.ts';
import { firstPartySelector, GATEWAY, TOOL_ROUTER } from './labels.ts';
import type { GatewayDeployment } from './gateway-deployment.ts';

const PORT = 8000;
const MANAGEMENT_PORT = 8001;
/** Where the tool router calls back to. */
export const INTERNAL_PORT = 8002;
const INTERNAL_SERVICE = `${GATEWAY}-internal`;

/** Where the tool router of the same namespace finds the gateway. */
export const internalUrl = `http://${INTERNAL_SERVICE}:${INTERNAL_PORT}`;

/** The gateway's own objects: equal replicas behind a plain Service. */
export function gatewayObjects(deployment: GatewayDeployment): readonly Manifest[] {
  return [
    gatewayPolicy(deployment),
    gatewayService(deployment),
    firstPartyBudget(GATEWAY, deployment.namespace),
    ...(deployment.toolRouter ? [internalService(deployment)] : []),
    gatewayPods(deployment),
  ];
}

function metadata({ namespace }: GatewayDeployment): Manifest['metadata'] {
  return firstPartyMetadata(GATEWAY, namespace);
}

/** Clients come from anywhere to the one port; metrics are for those who are named. The node's probes need no rule. */
function gatewayPolicy(deployment: GatewayDeployment): Manifest<V1NetworkPolicy> {
  const watched = deployment.metricsReaders ?? [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(deployment),
    spec: {
      podSelector: { matchLabels: firstPartySelector(GATEWAY) },
      policyTypes: ['Ingress'],
      ingress: [
        {
          ...(deployment.clients && { from: deployment.clients }),
          ports: [{ protocol: 'TCP', port: PORT }],
        },
        ...(deployment.toolRouter
          ? [
              {
                from: [{ podSelector: { matchLabels: firstPartySelector(TOOL_ROUTER) } }],
                ports: [{ protocol: 'TCP', port: INTERNAL_PORT }],
              },
            ]
          : []),
        ...(watched.length > 0
          ? [{ from: watched, ports: [{ protocol: 'TCP', port: MANAGEMENT_PORT }] }]
          : []),
      ],
    },
  };
}

function gatewayService(deployment: GatewayDeployment): Manifest<V1Service> {
  const { nodePort } = deployment;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(deployment),
    spec: {
      type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
      selector: firstPartySelector(GATEWAY),
      ports: [
        {
          name: 'http',
          port: 80,
          targetPort: PORT,
          protocol: 'TCP',
          ...(nodePort !== undefined && { nodePort }),
        },
      ],
    },
  };
}

/** What the tool router calls back to; nobody else may reach it. */
function internalService({ namespace }: GatewayDeployment): Manifest<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: firstPartyMetadata(INTERNAL_SERVICE, namespace),
    spec: {
      type: 'ClusterIP',
      selector: firstPartySelector(GATEWAY),
      ports: [{ name: 'http', port: INTERNAL_PORT, targetPort: INTERNAL_PORT, protocol: 'TCP' }],
    },
  };
}

function gatewayPods(deployment: GatewayDeployment): Manifest<V1Deployment> {
  const internal = { name: 'internal', containerPort: INTERNAL_PORT, protocol: 'TCP' };
  return firstPartyPods(deployment, {
    name: GATEWAY,
    usesCluster: true, // it runs workloads
    healthPort: MANAGEMENT_PORT,
    ports: [
      { name: 'http', containerPort: PORT, protocol: 'TCP' },
      { name: 'management', containerPort: MANAGEMENT_PORT, protocol: 'TCP' },
      ...(deployment.toolRouter ? [internal] : []),
    ],
    env: environment(deployment),
    requests: { cpu: '250m', memory: '256Mi' },
  });
}

function environment({ settings, secrets, ...deployment }: GatewayDeployment): Wire<V1EnvVar>[] {
  return variables(settings, secrets, {
    HOST: '0.0.0.0',
    PORT: String(PORT),
    MANAGEMENT_PORT: String(MANAGEMENT_PORT),
    DRAIN_SECONDS: String(DRAIN_SECONDS),
    DATA_DIR: '/tmp/mcp-gateway',
    WORKLOAD_NAMESPACE: deployment.workloadNamespace,
    ...(deployment.toolRouter && {
      TOOL_ROUTER_SERVICE: TOOL_ROUTER,
      INTERNAL_PORT: String(INTERNAL_PORT),
    }),
    ...volumes(deployment.trustedCertificates).settings,
  });
}
