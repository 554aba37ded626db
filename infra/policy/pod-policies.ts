import type { ResourceValidationPolicy } from '@pulumi/policy';
import { at, listAt, mandatory, type Rule } from './rule.ts';

/** Where the description of a pod is, by what makes it. */
const PODS: Readonly<Record<string, string>> = {
  'kubernetes:core/v1:Pod': 'spec',
  'kubernetes:apps/v1:Deployment': 'spec.template.spec',
  'kubernetes:apps/v1:StatefulSet': 'spec.template.spec',
  'kubernetes:apps/v1:DaemonSet': 'spec.template.spec',
  'kubernetes:apps/v1:ReplicaSet': 'spec.template.spec',
  'kubernetes:batch/v1:Job': 'spec.template.spec',
  'kubernetes:batch/v1:CronJob': 'spec.jobTemplate.spec.template.spec',
};
/** What ends by itself is not probed. */
const ENDING = 'kubernetes:batch/';

/** What a pod shares with its machine when it says so. */
const SHARED_WITH_HOST = ['hostNetwork', 'hostPID', 'hostIPC'];

/** Names of variables whose values are nobody's business. */
const SECRET_NAME =
  /(^|_)(KEYS?|SECRETS?|TOKENS?|PASSWORDS?|PASSPHRASE|CREDENTIALS?|CONNECTION_STRING)$/;
const DIGEST = /@sha256:[0-9a-f]{64}$/;

const eachContainer =
  (mistakesOf: (container: unknown, type: string) => readonly string[]): Rule =>
  ({ type, props }) => {
    const spec = at(props, PODS[type] ?? '');
    const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
    return containers.flatMap((container) =>
      mistakesOf(container, type).map((mistake) => `${String(at(container, 'name'))}: ${mistake}`),
    );
  };

const imagesByDigest = eachContainer((container) =>
  DIGEST.test(String(at(container, 'image')))
    ? []
    : ['the image must be given by its digest, for a tag may mean another one tomorrow'],
);

const noPlainSecrets = eachContainer((container) =>
  listAt(container, 'env')
    .filter((variable) => SECRET_NAME.test(String(at(variable, 'name'))))
    .filter((variable) => at(variable, 'valueFrom') === undefined)
    .map((variable) => `${String(at(variable, 'name'))} must come from a Secret`),
);

/** Containers that begin before the others end by themselves, too. */
const probed: Rule = ({ type, props }) => {
  if (type.startsWith(ENDING)) return [];
  return listAt(at(props, PODS[type] ?? ''), 'containers').flatMap((container) =>
    ['readinessProbe', 'livenessProbe']
      .filter((probe) => at(container, probe) === undefined)
      .map((probe) => `${String(at(container, 'name'))}: must have a ${probe}`),
  );
};

const limited = eachContainer((container) =>
  ['resources.limits.memory', 'resources.requests.cpu', 'resources.requests.memory']
    .filter((path) => at(container, path) === undefined)
    .map((path) => `${path} is missing`),
);

const confined = eachContainer((container) => {
  const mistakes: string[] = [];
  const security = at(container, 'securityContext');
  if (at(security, 'allowPrivilegeEscalation') !== false) {
    mistakes.push('allowPrivilegeEscalation must be false');
  }
  if (at(security, 'privileged') === true) mistakes.push('must not be privileged');
  if (!listAt(security, 'capabilities.drop').includes('ALL')) mistakes.push('must drop ALL');
  return mistakes;
});

const apartFromHost: Rule = ({ type, props }) => {
  const spec = at(props, PODS[type] ?? '');
  const shared = SHARED_WITH_HOST.filter((what) => at(spec, what) === true);
  const volumes = listAt(spec, 'volumes').filter((volume) => at(volume, 'hostPath') !== undefined);
  return [
    ...shared.map((what) => `${what} must not be true`),
    ...volumes.map((volume) => `volume ${String(at(volume, 'name'))}: must not be a hostPath`),
  ];
};

const balancersInside: Rule = ({ type, props }) => {
  if (type !== 'kubernetes:core/v1:Service' || at(props, 'spec.type') !== 'LoadBalancer') return [];
  const annotations = at(props, 'metadata.annotations') as Record<string, unknown> | undefined; // an object of texts
  return annotations?.['service.beta.kubernetes.io/azure-load-balancer-internal'] === 'true'
    ? []
    : ['a LoadBalancer must be internal, for clients come by the edge alone'];
};

/** Of what is made in a cluster. */
export const POD_POLICIES: readonly ResourceValidationPolicy[] = [
  mandatory('images-by-digest', 'Images do not change behind our back.', imagesByDigest),
  mandatory('no-plain-secrets', 'Secrets are no plain variables.', noPlainSecrets),
  mandatory('probed', 'Containers are probed.', probed),
  mandatory('limited', 'Containers ask for what they need, and get no more memory.', limited),
  mandatory('confined', 'Containers have no rights on their machine.', confined),
  mandatory('apart-from-host', 'Pods share nothing with their machine.', apartFromHost),
  mandatory('balancers-inside', 'Nothing in a cluster is open to the world.', balancersInside),
];
