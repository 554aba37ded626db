import { randomBytes } from 'node:crypto';
import { hasStatus } from '@mcp-gateway/platform/kubernetes/api-error';
import type { Cluster } from '../../cluster/support/cluster.ts';

const API = '/apis/admissionregistration.k8s.io/v1';

export interface Mirrored {
  /** As image names begin with it. */
  readonly registry: string;
  /** Where nodes find the same images. */
  readonly mirror: string;
  /** Whose pods are concerned. */
  readonly namespaces: readonly string[];
}

/**
 * Has nodes pull from another place what is named after a registry, as a mirror in their own configuration would; what
 * was deployed keeps its names. Resolves with what takes it back.
 */
export async function mirrorRegistry(
  { api }: Cluster,
  { registry, mirror, namespaces }: Mirrored,
): Promise<() => Promise<void>> {
  const name = `mcp-test-mirror-${randomBytes(3).toString('hex')}`;
  const image = 'object.spec.containers[0].image'; // pods of this project have one container
  const objects = {
    mutatingadmissionpolicies: {
      kind: 'MutatingAdmissionPolicy',
      spec: {
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }], // prettier-ignore
          },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }], // prettier-ignore
        },
        matchConditions: [{ name: 'of-the-registry', expression: `${image}.startsWith("${registry}/")` }], // prettier-ignore
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression: `[JSONPatch{op: "replace", path: "/spec/containers/0/image", value: ${image}.replace("${registry}/", "${mirror}/")}]`,
            },
          },
        ],
      },
    },
    mutatingadmissionpolicybindings: {
      kind: 'MutatingAdmissionPolicyBinding',
      spec: { policyName: name },
    },
  };
  for (const [plural, object] of Object.entries(objects)) {
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name }, ...object };
    await api.json({ method: 'POST', path: `${API}/${plural}`, body });
  }
  return async () => {
    for (const plural of Object.keys(objects)) {
      await api
        .json({ method: 'DELETE', path: `${API}/${plural}/${name}` })
        .catch((error: unknown) => {
          if (!hasStatus(error, 404)) throw error;
        });
    }
  };
}
