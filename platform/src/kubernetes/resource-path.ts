const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  PodDisruptionBudget: 'poddisruptionbudgets',
};

/** What says where objects of a kind are kept. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
}

/** The path of a namespace's objects of a kind. */
export function collectionPath({ apiVersion, kind, namespace }: Collection): string {
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return `/${root}/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** The path of one object. */
export function objectPath(collection: Collection, name: string): string {
  return `${collectionPath(collection)}/${encodeURIComponent(name)}`;
}
