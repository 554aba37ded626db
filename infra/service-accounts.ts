import { GATEWAY, TOOL_ROUTER } from '@mcp-gateway/platform/kubernetes/deployment/labels';

/** Namespace of the gateway and the tool router; their secrets are out of reach of what they run. */
export const GATEWAY_NAMESPACE = 'mcp-gateway';
/** Namespace of MCP servers, called as clients of the established gateway know it. */
export const WORKLOAD_NAMESPACE = 'adapter';

export type ServiceIdentity = 'gateway' | 'router' | 'workload';

/** Which service account of the cluster acts as which identity. */
export const SERVICE_ACCOUNTS = {
  gateway: { namespace: GATEWAY_NAMESPACE, name: GATEWAY },
  router: { namespace: GATEWAY_NAMESPACE, name: TOOL_ROUTER },
  workload: { namespace: WORKLOAD_NAMESPACE, name: 'workload-sa' },
} as const satisfies Record<ServiceIdentity, { namespace: string; name: string }>;
