import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import type { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';

/** Who says what a setting of the gateway is; a new setting does not compile until somebody does. */
const GATEWAY_DECIDES = {
  HOST: 'manifest',
  PORT: 'manifest',
  MANAGEMENT_PORT: 'manifest',
  DATA_DIR: 'manifest',
  DRAIN_SECONDS: 'manifest',
  WORKLOAD_NAMESPACE: 'manifest',
  POD_NAMESPACE: 'manifest',
  POD_NAME: 'manifest',

  PUBLIC_ORIGIN: 'program',
  ALLOW_HTTP_ORIGIN: 'program',
  IDENTITY: 'program',
  TENANT_ID: 'program',
  CLIENT_ID: 'program',
  SCOPE: 'program',
  OIDC_ISSUER: 'program',
  AUDIENCES: 'program',
  COSMOS_ENDPOINT: 'program',
  COSMOS_DATABASE: 'program',
  IMAGE_REGISTRY: 'program',
  ALLOWED_IMAGES: 'program',
  BLOCKED_EGRESS: 'program',
  READER_ROLE: 'program',
  CREATE_ROLE: 'program',

  INTERNAL_PORT: 'manifest',
  TOOL_ROUTER_SERVICE: 'manifest',

  SESSION_KEYS: 'secret',
  GATEWAY_SECRETS: 'secret',

  COSMOS_KEY: 'stack',
  COSMOS_TIMEOUT_SECONDS: 'stack',
  ALLOWED_ORIGINS: 'stack',
  AUTHORITY: 'stack',
  USER_ID_CLAIM: 'stack',
  GROUP_ROLES: 'stack',
  LOCAL_IMAGES: 'manifest',
  ADMIN_ROLE: 'stack',
  WORKLOAD_IDENTITY_ROLE: 'stack',
  SESSION_MAX_AGE_SECONDS: 'stack',
  MAX_BODY_BYTES: 'stack',
  ANSWER_TIMEOUT_SECONDS: 'stack',
  READY_WAIT_SECONDS: 'stack',
  HEARTBEAT_SECONDS: 'stack',
  CACHE_SECONDS: 'stack',
  MAX_REQUESTS: 'stack',
  MCP_CLIENT_ID: 'stack',
  EGRESS_ROLE: 'stack',
  SECRET_ROLES: 'stack',
  PRINCIPAL_CALLS_PER_MINUTE: 'stack',
  PRINCIPAL_SESSIONS_PER_MINUTE: 'stack',
  PRINCIPAL_MAX_CALLS: 'stack',
  PRINCIPAL_MAX_SESSIONS: 'stack',
  PRINCIPAL_MAX_STREAMS: 'stack',
  ADAPTER_CALLS_PER_MINUTE: 'stack',
  ADAPTER_SESSIONS_PER_MINUTE: 'stack',
  ADAPTER_MAX_CALLS: 'stack',
  ADAPTER_MAX_SESSIONS: 'stack',
  ADAPTER_MAX_STREAMS: 'stack',
  MAX_ANSWER_BYTES: 'stack',
  MAX_INSPECTED_BYTES: 'stack',
  AUDIT_LOG: 'stack',
  AUDIT_ARGUMENTS: 'stack',
  LOG_LEVEL: 'stack',
} as const satisfies Record<keyof GatewaySettings, Decider>;

/** `manifest`: part of how it runs in a cluster. `program`: found out here, and a stack may say otherwise. `secret`: made here. `stack`: the default, unless the stack says otherwise. */
type Decider = 'manifest' | 'program' | 'secret' | 'stack';

type DecidedBy<Who extends Decider> = {
  [Name in keyof GatewaySettings]-?: (typeof GATEWAY_DECIDES)[Name] extends Who ? Name : never;
}[keyof GatewaySettings];

/** The settings of the gateway that the program finds out; each is there, empty where it does not apply. */
export type GatewayEnvironment = Readonly<Record<DecidedBy<'program'>, string>>;

/** The settings that a stack cannot say, for the manifests do. */
export const DECIDED_BY_MANIFEST: readonly string[] = byManifest(GATEWAY_DECIDES);

/** The same of the tool router, which learns less. */
const ROUTER_DECIDES = {
  HOST: 'manifest',
  PORT: 'manifest',
  DATA_DIR: 'manifest',
  DRAIN_SECONDS: 'manifest',
  GATEWAY_URL: 'manifest',

  COSMOS_ENDPOINT: 'program',
  COSMOS_DATABASE: 'program',
  READER_ROLE: 'program',

  GATEWAY_SECRETS: 'secret',

  COSMOS_KEY: 'stack',
  COSMOS_TIMEOUT_SECONDS: 'stack',
  ADMIN_ROLE: 'stack',
  CACHE_SECONDS: 'stack',
  LIST_MODE: 'stack',
  LIST_PAGE_SIZE: 'stack',
  LIST_TTL_SECONDS: 'stack',
  LIST_TIMEOUT_SECONDS: 'stack',
  CALL_TIMEOUT_SECONDS: 'stack',
  CALL_MAX_SECONDS: 'stack',
  MAX_RESULT_BYTES: 'stack',
  MAX_BODY_BYTES: 'stack',
  MAX_SESSIONS: 'stack',
  SESSION_IDLE_SECONDS: 'stack',
  MAX_ADAPTER_SESSIONS: 'stack',
  ADAPTER_SESSION_IDLE_SECONDS: 'stack',
  MAX_SUBSCRIPTIONS: 'stack',
  LOG_LEVEL: 'stack',
} as const satisfies Record<keyof RouterSettings, Decider>;

/** The settings of the tool router that the program finds out. */
export type RouterEnvironment = Readonly<
  Record<'COSMOS_ENDPOINT' | 'COSMOS_DATABASE' | 'READER_ROLE', string>
>;

/** The settings of the tool router that a stack cannot say. */
export const ROUTER_DECIDED_BY_MANIFEST: readonly string[] = byManifest(ROUTER_DECIDES);

function byManifest(decides: Readonly<Record<string, Decider>>): readonly string[] {
  return Object.entries(decides)
    .filter(([, who]) => who === 'manifest')
    .map(([name]) => name);
}
