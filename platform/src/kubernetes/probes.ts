import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { Wire } from './objects.ts';

type Probes = Pick<Wire<V1Container>, 'startupProbe' | 'readinessProbe' | 'livenessProbe'>;

/** Asks often until the first answer, so that a replica serves as soon as it can; afterwards seldom, and restarts it late. */
export function probes({ image, port }: Workload, startSeconds: number): Probes {
  const open = { tcpSocket: { port } };
  // The bridge listens at once, but is of use only when the server behind it answers.
  const ready = isBridge(image.name) ? { httpGet: { path: '/readyz', port } } : open;
  return {
    startupProbe: probe({ ...ready, periodSeconds: 1, failureThreshold: startSeconds }),
    readinessProbe: probe({ ...ready, periodSeconds: 5, failureThreshold: 2 }),
    livenessProbe: probe({ ...open, periodSeconds: 20, failureThreshold: 6 }),
  };
}

function probe(settings: Wire<V1Probe>): Wire<V1Probe> {
  return { timeoutSeconds: 5, successThreshold: 1, ...settings };
}

function isBridge(imageName: string): boolean {
  return imageName.split('/').at(-1) === 'mcp-proxy';
}
