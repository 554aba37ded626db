import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import type { V1NetworkPolicyPeer } from '@kubernetes/client-node';
import type { Wire } from '../objects.ts';
import type { FirstPartyDeployment } from './first-party.ts';

type Peers = readonly Wire<V1NetworkPolicyPeer>[];

/** What differs between deployments of the gateway; its secrets live in its namespace, out of reach of workloads. */
export interface GatewayDeployment extends FirstPartyDeployment<keyof GatewaySettings> {
  /** Of what it runs. */
  readonly workloadNamespace: string;
  /** Whether there is a tool router in the same namespace; GATEWAY_SECRETS must then be among the secrets. */
  readonly toolRouter?: boolean;
  /** Who may be a client; anybody when absent. */
  readonly clients?: Peers;
  readonly metricsReaders?: Peers;
  /** Opens the Service on this port of every node. */
  readonly nodePort?: number;
  readonly workloadIdentityClientId?: string;
}
