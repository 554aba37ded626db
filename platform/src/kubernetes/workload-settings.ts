import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { V1NetworkPolicyPeer } from '@kubernetes/client-node';
import { PUBLIC_INTERNET, type EgressRange, type IpFamily } from './egress.ts';
import type { Wire } from './objects.ts';

/** What a platform team decides for all workloads of a cluster. */
export interface WorkloadSettings {
  /** Where workloads run; best one that holds nothing else. */
  readonly namespace: string;
  /** Put in front of every image name, such as `contoso.azurecr.io`; empty for the cluster's default. */
  readonly registry: string;
  /** Repositories that may run, such as `team/weather`, or `team/*` for all below; any when absent. */
  readonly allowedImages?: readonly string[];
  /** Who may connect to workloads: the gateway's pods. */
  readonly callers: readonly Wire<V1NetworkPolicyPeer>[];
  /** Where name resolution is answered. */
  readonly dns: readonly Wire<V1NetworkPolicyPeer>[];
  /** The address families that pods have. */
  readonly ipFamilies: readonly IpFamily[];
  /** Where a workload that lists nothing may connect to. */
  readonly defaultEgress: readonly EgressRange[];
  /** Ranges that no workload reaches whatever it lists, besides the metadata endpoints: the cluster's own. */
  readonly blockedEgress: readonly string[];
  readonly resources: NonNullable<Workload['resources']>;
  /** The service account of workloads with workload identity. */
  readonly identityServiceAccount: string;
  /** How long a replica that is to end still serves the sessions that it has, before it is told to end. */
  readonly drainSeconds: number;
  /** How long a replica may take from then on. */
  readonly endSeconds: number;
  /** How long a replica may take to listen for the first time, with downloads by npx or uvx. */
  readonly startSeconds: number;
}

/** Settings that suit most clusters. */
export const WORKLOAD_DEFAULTS = {
  registry: '',
  dns: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ipFamilies: ['IPv4'],
  defaultEgress: PUBLIC_INTERNET,
  blockedEgress: [],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
  identityServiceAccount: 'workload-sa',
  drainSeconds: 10,
  endSeconds: 30,
  startSeconds: 600,
} as const satisfies Partial<WorkloadSettings>;
