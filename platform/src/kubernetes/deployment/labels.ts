/** The names by which first-party pods are known to policies and Services. */
export const GATEWAY = 'gateway';
export const TOOL_ROUTER = 'tool-router';

/** What selects the pods of a first-party service; nothing that a user names can have it. */
export function firstPartySelector(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'mcp-gateway-platform' };
}

/** The labels of a first-party object. */
export function firstPartyLabels(name: string): Record<string, string> {
  return { ...firstPartySelector(name), 'app.kubernetes.io/managed-by': 'deployment' };
}
