import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import * as kubernetes from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';
import { kubernetesObjects } from '../kubernetes-objects.ts';
import { lifted } from '../lifted.ts';
import type { Settings } from '../profiles.ts';
import { workloadObjects, type Later } from '../workload-objects.ts';

export interface WorkloadsArgs {
  readonly settings: Settings;
  readonly clusterId: pulumi.Input<string>;
  readonly kubeconfig: pulumi.Input<string>;
  /** Texts that are known only after other things were made. */
  readonly later: Readonly<Record<keyof Later, pulumi.Input<string>>>;
  /** What pods need before they start. */
  readonly after: readonly pulumi.Resource[];
}

/** Everything in the cluster: what the pure functions of the deployment say, made by a provider of its own. */
export class Workloads extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadsArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Workloads', name, {}, options);
    const provider = new kubernetes.Provider(
      name,
      {
        kubeconfig: args.kubeconfig,
        clusterIdentifier: args.clusterId, // another kubeconfig of the same cluster changes nothing
        enableServerSideApply: true,
        enablePatchForce: true, // what somebody changed by hand is put right, as everywhere else
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this, dependsOn: [...args.after] },
    );
    const objects = lifted(args.later, (later) => workloadObjects(args.settings, later));
    kubernetesObjects(objects as readonly Manifest[], {
      parent: this,
      provider,
      dependsOn: [...args.after],
    });
    this.registerOutputs({});
  }
}
