import {
  accessPolicy,
  grantsOf,
  type Access,
  type AccessSettings,
} from '@mcp-gateway/core/domain/access';
import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { notedAccess, type NotedAccess } from './audit/noted-access.ts';

/** The role that callers have in development unless they say otherwise. */
const DEVELOPER = 'mcp.dev';
/** Where callers are believed what they say, to refuse them would protect nothing. */
const DEVELOPERS_SECRETS = [{ secret: '*', role: DEVELOPER }];

/** The policy under the operator's settings, as it is asked. */
export interface Rights {
  readonly access: Access;
  readonly grants: ReturnType<typeof grantsOf>;
  /** The policy for requests whose rights go on record. */
  readonly noted: NotedAccess;
}

/** Who may do what, and what of that is noted for the record. */
export function rightsOf(settings: GatewaySettings, isDevelopment: boolean): Rights {
  const access: AccessSettings = {
    adminRole: settings.ADMIN_ROLE,
    readerRole: settings.READER_ROLE,
    createRole: settings.CREATE_ROLE,
    workloadIdentityRole: settings.WORKLOAD_IDENTITY_ROLE,
    egressRole: settings.EGRESS_ROLE ?? (isDevelopment ? DEVELOPER : undefined),
    secretRoles: settings.SECRET_ROLES ?? (isDevelopment ? DEVELOPERS_SECRETS : []),
  };
  const [policy, grants] = [accessPolicy(access), grantsOf(access)];
  return { access: policy, grants, noted: notedAccess(policy, grants) };
}
