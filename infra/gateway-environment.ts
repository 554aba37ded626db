import { ownRanges } from './address-plan.ts';
import { SCOPE_NAME } from './app-roles.ts';
import type { GatewayEnvironment, RouterEnvironment } from './service-environment.ts';
import type { Settings } from './profiles.ts';

const READER_ROLE = 'mcp.reader';

/** What the program learns while it makes things; stands for values that are not known yet. */
export interface Discovered {
  readonly origin: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly databaseEndpoint: string;
  readonly database: string;
  readonly registry: string;
}

/** The gateway's settings as far as the program finds them out. */
export function gatewayEnvironment(settings: Settings, found: Discovered): GatewayEnvironment {
  const isOidc = settings.signIn === 'oidc';
  return {
    PUBLIC_ORIGIN: found.origin,
    ALLOW_HTTP_ORIGIN: String(settings.tls === 'none'),
    IDENTITY: isOidc ? 'oidc' : 'entra',
    TENANT_ID: isOidc ? '' : found.tenantId,
    CLIENT_ID: isOidc ? '' : found.clientId,
    SCOPE: isOidc ? '' : SCOPE_NAME,
    OIDC_ISSUER: settings.oidcIssuer ?? '',
    AUDIENCES: settings.oidcAudiences.join(),
    COSMOS_ENDPOINT: found.databaseEndpoint,
    COSMOS_DATABASE: found.database,
    IMAGE_REGISTRY: found.registry,
    ALLOWED_IMAGES: settings.allowedImages.join(),
    BLOCKED_EGRESS: ownRanges(settings).join(), // nothing that a server lists leads there
    READER_ROLE,
    CREATE_ROLE: 'mcp.engineer',
  };
}

/** The same of the tool router. */
export function routerEnvironment(found: Discovered): RouterEnvironment {
  return {
    COSMOS_ENDPOINT: found.databaseEndpoint,
    COSMOS_DATABASE: found.database,
    READER_ROLE,
  };
}
