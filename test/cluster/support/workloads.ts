import type { Workload } from '@mcp-gateway/core/domain/workload';
import { pino } from 'pino';
import { kubernetesOrchestrator } from '@mcp-gateway/platform/kubernetes/orchestrator';
import type { Cluster } from './cluster.ts';
import { IMAGES } from './images.ts';

export type ClusterOrchestrator = Awaited<ReturnType<typeof kubernetesOrchestrator>>;
type Options = Parameters<typeof kubernetesOrchestrator>[0];

/** An orchestrator for tests, whose replicas end quickly. */
export function orchestratorOn(
  { config }: Cluster,
  namespace: string,
  change: Partial<Options> = {},
): Promise<ClusterOrchestrator> {
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
  const quick = { drainSeconds: 1, endSeconds: 5 };
  return kubernetesOrchestrator({ namespace, callers: [], config, log, ...quick, ...change });
}

/** A workload of one echo server. */
export function echo(name: string, change: Partial<Workload> = {}): Workload {
  return {
    kind: 'adapter',
    name,
    uid: `uid-of-${name}`,
    image: IMAGES.echo,
    replicas: 1,
    environment: {},
    secretEnvironment: {},
    port: 8000,
    path: '/mcp',
    useWorkloadIdentity: false,
    ...change,
  };
}
