/** Header names of streamable HTTP, lower case as Node reports them. */
export const SESSION_HEADER = 'mcp-session-id';
export const VERSION_HEADER = 'mcp-protocol-version';
export const METHOD_HEADER = 'mcp-method';
export const NAME_HEADER = 'mcp-name';
/** Member of `_meta` that says to which `subscriptions/listen` a message belongs: its JSON-RPC id. */
export const SUBSCRIPTION_ID_META = 'io.modelcontextprotocol/subscriptionId';

/** Headers by which the gateway tells a server who calls. */
export const USER_ID_HEADER = 'x-mcp-userid';
export const USER_NAME_HEADER = 'x-mcp-username';
export const ROLES_HEADER = 'x-mcp-roles';
export const GATEWAY_SECRET_HEADER = 'x-gateway-secret';
export const REQUEST_ID_HEADER = 'x-request-id';

/** Only on answers of the gateway's own: the code of the error. */
export const ERROR_HEADER = 'x-gateway-error';

/** The first stateless revision; from it on requests stand alone and sessions do not exist. */
export const FIRST_MODERN_VERSION = '2026-07-28';

/** Revisions with sessions, newest first. */
export const LEGACY_VERSIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

/** True for a revision of the stateless era; revisions are dates, so later ones count as well. */
export function isModernVersion(version: string | undefined): boolean {
  return (
    version !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= FIRST_MODERN_VERSION
  );
}
