import type { Access } from '@mcp-gateway/core/domain/access';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import { privilegesOf } from '@mcp-gateway/core/domain/privileges';
import type { WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import { authorizeSecrets } from './authorize-secrets.ts';
import { authorize } from './authorize.ts';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';

/** Throws `forbidden` unless the caller may have such a resource run with all that it asks for, whoever owns it. */
export function authorizePrivileges(
  access: Access,
  principal: Principal,
  { kind, spec }: { readonly kind: ResourceKind; readonly spec: WorkloadSpec },
): void {
  for (const operation of privilegesOf(spec)) authorize(access, principal, { operation, kind });
  authorizeSecrets(access, principal, spec);
}
