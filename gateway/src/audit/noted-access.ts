import type { Access, Grant, grantsOf } from '@mcp-gateway/core/domain/access';
import type { Principal } from '@mcp-gateway/core/domain/principal';

/** A policy that remembers what it has granted, for the record. */
export interface NotedAccess {
  readonly access: Access;
  /** What was granted to exactly this object, which must stand for one request. */
  readonly used: (principal: Principal) => Grant;
}

/** Notes each grant of `access`, but for the right to see values, which decides no more than how an answer looks. */
export function notedAccess(access: Access, grants: ReturnType<typeof grantsOf>): NotedAccess {
  const noted = new WeakMap<Principal, Grant>();
  return {
    access: (operation, principal, resource) => {
      const allowed = access(operation, principal, resource);
      if (allowed && principal !== undefined && operation !== 'read_values') {
        noted.set(principal, joined(noted.get(principal), grants(operation, principal, resource)));
      }
      return allowed;
    },
    used: (principal) => noted.get(principal) ?? { relations: [], roles: [] },
  };
}

function joined(one: Grant | undefined, other: Grant): Grant {
  if (one === undefined) return other;
  return {
    relations: [...new Set([...one.relations, ...other.relations])],
    roles: [...new Set([...one.roles, ...other.roles])],
  };
}
