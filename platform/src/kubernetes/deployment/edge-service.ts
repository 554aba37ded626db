import type { V1Service } from '@kubernetes/client-node';
import type { Manifest } from '../objects.ts';
import { firstPartyLabels, firstPartySelector, GATEWAY } from './labels.ts';

const PORT = 8000;
const ANNOTATIONS = 'service.beta.kubernetes.io/azure-load-balancer';

/** Where the edge of the cloud finds the gateway. */
export interface EdgePlace {
  readonly namespace: string;
  /** An address inside the network, which never changes. */
  readonly address: string;
  /** The name of the subnet that the address is of. */
  readonly subnet: string;
  /** After how many minutes without a byte the load balancer takes a connection for dead, 4 to 30. */
  readonly idleMinutes: number;
}

/** The gateway at a fixed address inside the network; who connects there is seen by their own address. */
export function edgeService(place: EdgePlace): Manifest<V1Service> {
  const { namespace, address, subnet, idleMinutes } = place;
  const name = `${GATEWAY}-edge`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      labels: firstPartyLabels(name),
      annotations: {
        [`${ANNOTATIONS}-internal`]: 'true',
        [`${ANNOTATIONS}-internal-subnet`]: subnet,
        [`${ANNOTATIONS}-ipv4`]: address,
        [`${ANNOTATIONS}-tcp-idle-timeout`]: String(idleMinutes),
      },
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      selector: firstPartySelector(GATEWAY),
      ports: [{ name: 'http', port: PORT, targetPort: PORT, protocol: 'TCP' }],
    },
  };
}
