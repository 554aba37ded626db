/** What tells about itself. */
export type Diagnosed = 'edge' | 'cluster' | 'database' | 'registry' | 'vault';

type Category = { readonly category: string } | { readonly categoryGroup: 'allLogs' | 'audit' };

/** What each of them tells: who did what, and what was refused; not what every request was, which costs more than it tells. */
export const DIAGNOSTICS: Readonly<Record<Diagnosed, readonly Category[]>> = {
  edge: [
    { category: 'ApplicationGatewayAccessLog' },
    { category: 'ApplicationGatewayFirewallLog' },
  ],
  cluster: [
    { category: 'kube-audit-admin' },
    { category: 'guard' },
    { category: 'cluster-autoscaler' },
  ],
  database: [{ category: 'ControlPlaneRequests' }],
  registry: [{ categoryGroup: 'audit' }],
  vault: [{ categoryGroup: 'audit' }],
};
