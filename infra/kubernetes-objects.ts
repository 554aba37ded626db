import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import * as apps from '@pulumi/kubernetes/apps/v1/index.js';
import * as autoscaling from '@pulumi/kubernetes/autoscaling/v2/index.js';
import * as core from '@pulumi/kubernetes/core/v1/index.js';
import * as networking from '@pulumi/kubernetes/networking/v1/index.js';
import * as policy from '@pulumi/kubernetes/policy/v1/index.js';
import * as rbac from '@pulumi/kubernetes/rbac/v1/index.js';
import type * as pulumi from '@pulumi/pulumi';

type Make = (name: string, object: never, options: pulumi.CustomResourceOptions) => pulumi.Resource;

/** How each kind is made, in which stage; a stage waits for the ones before it. */
const KINDS: Readonly<Record<string, { readonly stage: number; readonly make: Make }>> = {
  Namespace: { stage: 0, make: (...all) => new core.Namespace(...all) },
  ConfigMap: { stage: 1, make: (...all) => new core.ConfigMap(...all) },
  NetworkPolicy: { stage: 1, make: (...all) => new networking.NetworkPolicy(...all) },
  PodDisruptionBudget: { stage: 1, make: (...all) => new policy.PodDisruptionBudget(...all) },
  Role: { stage: 1, make: (...all) => new rbac.Role(...all) },
  RoleBinding: { stage: 1, make: (...all) => new rbac.RoleBinding(...all) },
  Secret: { stage: 1, make: (...all) => new core.Secret(...all) },
  ServiceAccount: { stage: 1, make: (...all) => new core.ServiceAccount(...all) },
  Deployment: { stage: 2, make: (...all) => new apps.Deployment(...all) },
  HorizontalPodAutoscaler: { stage: 3, make: (...all) => new autoscaling.HorizontalPodAutoscaler(...all) }, // prettier-ignore
  // A Service counts as made when pods answer behind it.
  Service: { stage: 3, make: (...all) => new core.Service(...all) },
};

/** By which provider objects are made, and after what. */
export interface ObjectsOptions extends Pick<pulumi.CustomResourceOptions, 'parent' | 'provider'> {
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Puts objects into a cluster, each after what it needs; throws for a kind that nobody has thought of. */
export function kubernetesObjects(
  objects: readonly Manifest[],
  { dependsOn: after, ...options }: ObjectsOptions,
): readonly pulumi.Resource[] {
  const made: pulumi.Resource[] = [];
  for (const stage of [0, 1, 2, 3]) {
    const dependsOn = [...after, ...made];
    const inStage = objects.filter((object) => kindOf(object).stage === stage);
    made.push(...inStage.map((object) => kindOf(object).make(nameOf(object), object as never, { ...options, dependsOn }))); // prettier-ignore
  }
  return made;
}

function kindOf({ kind }: Manifest) {
  const known = KINDS[kind];
  if (known === undefined) throw new Error(`Nobody has said how the program makes a ${kind}.`);
  return known;
}

/** Unique among all objects, and the same for the same object. */
function nameOf({ kind, metadata }: Manifest): string {
  return [metadata.namespace, kind, metadata.name].filter(Boolean).join('-').toLowerCase();
}
