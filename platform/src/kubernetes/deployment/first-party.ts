import type {
  V1EnvVar,
  V1PodDisruptionBudget,
  V1ResourceRequirements,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { Manifest, Wire } from '../objects.ts';
import { firstPartyLabels, firstPartySelector } from './labels.ts';

const CERTIFICATES = '/etc/mcp-gateway/certificates';

type Values = Readonly<Record<string, string>>;
type SecretKeys = Readonly<Record<string, { readonly name: string; readonly key: string }>>;

/** Certificates in PEM that a service trusts besides the public ones, such as those of a company's own proxy. */
export interface TrustedCertificates {
  readonly configMap: string;
  readonly key: string;
}

/** What differs between deployments of any of our services. */
export interface FirstPartyDeployment<Setting extends string> {
  readonly namespace: string;
  readonly image: string;
  /** Absent where an autoscaler decides. */
  readonly replicas?: number;
  /** Changes when a secret does, so that replicas start anew. */
  readonly revision?: string;
  readonly settings: Readonly<Partial<Record<Setting, string>>>;
  /** Settings whose values come from Secrets of the service's namespace. */
  readonly secrets: Readonly<Partial<Record<Setting, { readonly name: string; readonly key: string }>>>; // prettier-ignore
  readonly trustedCertificates?: TrustedCertificates;
  readonly resources?: Wire<V1ResourceRequirements>;
  /** Managed identity of the service itself. */
  readonly identityClientId?: string;
}

/** What is said of every object of a service. */
export function firstPartyMetadata(name: string, namespace: string): Manifest['metadata'] {
  return { name, namespace, labels: firstPartyLabels(name) };
}

/** Keeps the maintenance of nodes from taking more than one replica at a time. */
export function firstPartyBudget(name: string, namespace: string): Manifest<V1PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: firstPartyMetadata(name, namespace),
    spec: { maxUnavailable: 1, selector: { matchLabels: firstPartySelector(name) } },
  };
}

/** By name, so that equal settings give equal objects; what the manifest itself decides cannot be set otherwise. */
export function variables(settings: Values, secrets: SecretKeys, own: Values): Wire<V1EnvVar>[] {
  const plain = Object.entries({ ...settings, ...own }).map(([name, value]) => ({ name, value }));
  const secret = Object.entries(secrets).map(([name, secretKeyRef]) => ({
    name,
    valueFrom: { secretKeyRef },
  }));
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const placed = [field('POD_NAME', 'metadata.name'), field('POD_NAMESPACE', 'metadata.namespace')];
  return [...plain, ...secret, ...placed].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The root is read-only, so a service gets a place for what is temporary, and its certificates. */
export function volumes(trusted: TrustedCertificates | undefined): {
  readonly volumes: Wire<V1Volume>[];
  readonly mounts: Wire<V1VolumeMount>[];
  readonly settings: Values;
} {
  const tmp = { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } };
  const tmpMount = { name: 'tmp', mountPath: '/tmp' };
  if (trusted === undefined) return { volumes: [tmp], mounts: [tmpMount], settings: {} };
  return {
    volumes: [tmp, { name: 'certificates', configMap: { name: trusted.configMap } }],
    mounts: [tmpMount, { name: 'certificates', mountPath: CERTIFICATES, readOnly: true }],
    settings: { NODE_EXTRA_CA_CERTS: `${CERTIFICATES}/${trusted.key}` },
  };
}
