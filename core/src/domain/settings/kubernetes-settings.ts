import { z } from 'zod';
import { commaList, SettingsError } from './settings.ts';

/** Settings of the gateway that say where workloads run in a cluster. */
export const kubernetesShape = {
  WORKLOAD_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .optional()
    .describe('Namespace in which workloads run on Kubernetes; on this machine when absent'),
  POD_NAMESPACE: z.string().default('default').describe("The gateway's own namespace"),
  POD_NAME: z.string().optional().describe("The gateway's own pod, by which replicas differ"),
  IMAGE_REGISTRY: z
    .string()
    .default('')
    .describe('Registry put in front of image names, such as contoso.azurecr.io'),
  ALLOWED_IMAGES: commaList
    .optional()
    .describe('Repositories that may run, such as team/*, comma-separated; any when absent'),
  TOOL_ROUTER_SERVICE: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a Service')
    .optional()
    .describe("Service of the tool router in the gateway's own namespace; no /mcp when absent"),
  BLOCKED_EGRESS: commaList
    .default([])
    .describe("Address ranges that no workload reaches: the cluster's own, comma-separated"),
};

/** A namespace of a cluster, and what may run there. */
export interface KubernetesSettings {
  readonly workloadNamespace: string;
  readonly ownNamespace: string;
  readonly registry: string;
  readonly allowedImages?: readonly string[];
  readonly blockedEgress: readonly string[];
  /** Where the tool router is to be found, if there is one. */
  readonly routerService?: string;
}

/** The namespace that the settings name, if they name one; throws `SettingsError` for the gateway's own, whose secrets servers could refer to. */
export function kubernetesSettings(
  settings: z.output<z.ZodObject<typeof kubernetesShape>>,
): KubernetesSettings | undefined {
  const { WORKLOAD_NAMESPACE: workloadNamespace, ALLOWED_IMAGES: allowedImages } = settings;
  const { TOOL_ROUTER_SERVICE: routerService } = settings;
  if (workloadNamespace === undefined) return undefined;
  if (workloadNamespace === settings.POD_NAMESPACE) {
    throw new SettingsError(
      "WORKLOAD_NAMESPACE: must not be the gateway's own (POD_NAMESPACE), whose secrets are not for servers",
    );
  }
  return {
    workloadNamespace,
    ownNamespace: settings.POD_NAMESPACE,
    registry: settings.IMAGE_REGISTRY,
    blockedEgress: settings.BLOCKED_EGRESS,
    ...(allowedImages && { allowedImages }),
    ...(routerService !== undefined && { routerService }),
  };
}
