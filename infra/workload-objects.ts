import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { autoscaler } from '@mcp-gateway/platform/kubernetes/deployment/autoscaler';
import { edgeService } from '@mcp-gateway/platform/kubernetes/deployment/edge-service';
import type { GatewayDeployment } from '@mcp-gateway/platform/kubernetes/deployment/gateway-deployment';
import { GATEWAY, TOOL_ROUTER } from '@mcp-gateway/platform/kubernetes/deployment/labels';
import { platformObjects } from '@mcp-gateway/platform/kubernetes/deployment/platform';
import {
  toolRouterObjects,
  type ToolRouterDeployment,
} from '@mcp-gateway/platform/kubernetes/deployment/tool-router';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { addressPlan, ownRanges } from './address-plan.ts';
import { EDGE_SECONDS } from './edge-timeouts.ts';
import { gatewayEnvironment, routerEnvironment, type Discovered } from './gateway-environment.ts';
import type { Settings } from './profiles.ts';
import { GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE } from './service-accounts.ts';
import { secretNames } from './service-settings.ts';
import { certificatesObject, TRUSTED_CERTIFICATES } from './trusted-certificates.ts';

/** What the manifests hold that is known only after other things were made. */
export interface Later extends Discovered {
  readonly gatewayImage: string;
  readonly routerImage: string;
  readonly gatewayIdentity: string;
  readonly routerIdentity: string;
  readonly workloadIdentity: string;
  readonly sessionKeys: string;
  readonly gatewaySecrets: string;
  /** Changes with any of the secrets and with what is trusted, so that replicas start anew. */
  readonly secretsRevision: string;
}

type Texts = Readonly<Record<string, string>>;

/** All objects of a stack in the cluster. */
export function workloadObjects(settings: Settings, later: Later): readonly Manifest[] {
  const { gatewayAddress: address } = addressPlan(settings.addressSpace);
  const namespace = GATEWAY_NAMESPACE;
  const secrets = secretValues(settings, later);
  const { trustedCertificates: certificates } = settings;
  return [
    ...platformObjects(gatewayDeployment(settings, later)),
    ...toolRouterObjects(routerDeployment(settings, later)),
    secretObject(GATEWAY, secrets.gateway),
    secretObject(TOOL_ROUTER, secrets.router),
    ...(certificates === undefined ? [] : [certificatesObject(namespace, certificates)]),
    edgeService({ namespace, address, subnet: 'load-balancer', idleMinutes: EDGE_SECONDS.idleBalancer / 60 }), // prettier-ignore
    autoscaler(GATEWAY, { namespace, least: settings.gatewaysMin, most: settings.gatewaysMax }),
    autoscaler(TOOL_ROUTER, { namespace, least: settings.routersMin, most: settings.routersMax }),
  ];
}

function gatewayDeployment(settings: Settings, later: Later): GatewayDeployment {
  const secrets = Object.keys(secretValues(settings, later).gateway);
  const told = { ...gatewayEnvironment(settings, later), ...settings.gatewaySettings };
  return {
    namespace: GATEWAY_NAMESPACE,
    workloadNamespace: WORKLOAD_NAMESPACE,
    image: later.gatewayImage,
    settings: without(told, secrets),
    secrets: fromSecret(GATEWAY, secrets),
    revision: later.secretsRevision,
    ...trusted(settings),
    toolRouter: true,
    // The edge comes by its own addresses, and so does nobody else.
    clients: [{ ipBlock: { cidr: addressPlan(settings.addressSpace).edge } }],
    identityClientId: later.gatewayIdentity,
    workloadIdentityClientId: later.workloadIdentity,
  };
}

function routerDeployment(settings: Settings, later: Later): ToolRouterDeployment {
  const secrets = Object.keys(secretValues(settings, later).router);
  const told = { ...routerEnvironment(later), ...settings.routerSettings };
  return {
    namespace: GATEWAY_NAMESPACE,
    image: later.routerImage,
    settings: without(told, secrets),
    secrets: fromSecret(TOOL_ROUTER, secrets), // by its settings' names
    revision: later.secretsRevision,
    ...trusted(settings),
    identityClientId: later.routerIdentity,
    // Entra ID and a database that is public, and one that has an address of its own here.
    egress: [
      { cidr: '0.0.0.0/0', except: ownRanges(settings), ports: [443] },
      { cidr: addressPlan(settings.addressSpace).endpoints, ports: [443] },
    ],
  };
}

function trusted({ trustedCertificates: certificates }: Settings) {
  return certificates === undefined ? {} : { trustedCertificates: TRUSTED_CERTIFICATES };
}

/** By the name of the setting; those that the stack says, and those that are made for it. */
function secretValues(settings: Settings, later: Later): Record<'gateway' | 'router', Texts> {
  const { gatewaySecrets: GATEWAY_SECRETS, sessionKeys: SESSION_KEYS } = later;
  return {
    gateway: {
      SESSION_KEYS,
      GATEWAY_SECRETS,
      ...only(settings.gatewaySettings, secretNames(GatewaySettings.shape)),
    },
    router: {
      GATEWAY_SECRETS,
      ...only(settings.routerSettings, secretNames(RouterSettings.shape)),
    },
  };
}

function only(texts: Texts, names: readonly string[]): Texts {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => names.includes(name)));
}

/** What does not apply is empty, and left out as well. */
function without(texts: Texts, names: readonly string[]): Texts {
  const rest = Object.entries(texts).filter(([name, text]) => text !== '' && !names.includes(name));
  return Object.fromEntries(rest);
}

function fromSecret(name: string, keys: readonly string[]): GatewayDeployment['secrets'] {
  return Object.fromEntries(keys.map((key) => [key, { name, key }]));
}

function secretObject(name: string, stringData: Texts): Manifest {
  const metadata = { name, namespace: GATEWAY_NAMESPACE };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData };
  return secret;
}
