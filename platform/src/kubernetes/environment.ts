import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { V1EnvVar } from '@kubernetes/client-node';
import type { Wire } from './objects.ts';

/** The writable home of a replica, for the caches of npx and uvx; gone with the replica. */
export const HOME = '/home/mcp';

/** A container's variables, ordered by name: the platform's, which the workload may override unless they are its port's, then its own. */
export function environment(workload: Workload): Wire<V1EnvVar>[] {
  const plain = {
    HOME,
    HOST: '0.0.0.0',
    ...workload.environment,
    PORT: String(workload.port),
  };
  const variables = new Map<string, Wire<V1EnvVar>>();
  for (const [name, value] of Object.entries(plain)) {
    variables.set(name, { name, value: escaped(value) });
  }
  for (const [name, reference] of Object.entries(workload.secretEnvironment)) {
    variables.set(name, { name, valueFrom: { secretKeyRef: secretKey(reference) } });
  }
  return [...variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Kubernetes puts other variables' values in for `$(NAME)`; `$$(NAME)` stands for itself. A value means what it says. */
function escaped(value: string): string {
  return value.replaceAll('$', '$$$$');
}

function secretKey(reference: string): { name: string; key: string } {
  const [name = '', key = ''] = reference.split('/');
  return { name, key };
}
