import type { Principal } from './principal.ts';

/** What can be asked of the gateway. */
export const OPERATIONS = [
  'create',
  'read',
  'call',
  'write',
  'read_values',
  'use_workload_identity',
  'open_egress',
  'use_secret',
  'transfer',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How a caller stands to a resource; a caller may stand in several relations at once. */
export const RELATIONS = ['admin', 'creator', 'shared', 'reader', 'member', 'anonymous'] as const;
export type Relation = (typeof RELATIONS)[number];

/** The policy: which relations grant which operation. What is not listed is refused. */
const GRANTS = {
  create: ['admin', 'member'],
  read: ['admin', 'creator', 'shared', 'reader'],
  call: ['admin', 'creator', 'shared', 'reader'],
  write: ['admin', 'creator'],
  read_values: ['admin', 'creator'],
  use_workload_identity: ['admin'],
  open_egress: ['admin'],
  use_secret: ['admin', 'shared'],
  transfer: ['admin'],
} as const satisfies Record<Operation, readonly Relation[]>;

/** What the policy needs to know of a resource. */
export interface Guarded {
  readonly createdBy: string;
  readonly requiredRoles: readonly string[];
}

/** A secret that a resource may refer to; it is shared with the roles that the operator has named for it. */
export interface GuardedSecret {
  readonly secret: string;
}

/** Lets a role refer to a secret, or to all whose names begin alike where `secret` ends with `*`. */
export interface SecretGrant {
  readonly secret: string;
  readonly role: string;
}

/** The parts of the policy that an operator can set. */
export interface AccessSettings {
  /** Role that grants everything. */
  readonly adminRole: string;
  /** When set, this role reads and calls everything; it does not create unless another role lets it. */
  readonly readerRole?: string | undefined;
  /** When set, creating needs this role. */
  readonly createRole?: string | undefined;
  /** When set, this role may use workload identity besides the admins. */
  readonly workloadIdentityRole?: string | undefined;
  /** When set, this role may let servers connect to private addresses besides the admins. */
  readonly egressRole?: string | undefined;
  /** Who may refer to which secrets besides the admins; nobody when absent. */
  readonly secretRoles?: readonly SecretGrant[] | undefined;
}

/** Decides whether `principal` may do `operation`, on `resource` where there is one; fails closed. */
export type Access = (
  operation: Operation,
  principal: Principal | undefined,
  resource?: Guarded | GuardedSecret,
) => boolean;

/** The policy under the operator's settings. */
export function accessPolicy(settings: AccessSettings): Access {
  return (operation, principal, resource) => {
    if (operation === 'create' && settings.createRole !== undefined) {
      return holdsAny(principal, [settings.createRole, settings.adminRole]);
    }
    if (holdsAny(principal, privilegedRoles(operation, settings))) return true;
    const granting: readonly Relation[] = GRANTS[operation];
    return relationsOf(principal, guarded(resource, settings), settings).some((relation) =>
      granting.includes(relation),
    );
  };
}

/** Roles that the operator has given a privilege to, whatever their holders are to the resource. */
function privilegedRoles(
  operation: Operation,
  { workloadIdentityRole, egressRole }: AccessSettings,
): readonly string[] {
  if (operation === 'use_workload_identity') return workloadIdentityRole === undefined ? [] : [workloadIdentityRole]; // prettier-ignore
  if (operation === 'open_egress') return egressRole === undefined ? [] : [egressRole];
  return [];
}

/** A secret belongs to nobody, so that no caller's id makes it theirs. */
function guarded(
  resource: Guarded | GuardedSecret | undefined,
  { secretRoles = [] }: AccessSettings,
): Guarded | undefined {
  if (resource === undefined || !('secret' in resource)) return resource;
  const grants = secretRoles.filter(({ secret }) => covers(secret, resource.secret));
  return { createdBy: '', requiredRoles: grants.map(({ role }) => role) };
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** What gave somebody a right. */
export interface Grant {
  readonly relations: readonly Relation[];
  /** Of the caller's roles, as issued. */
  readonly roles: readonly string[];
}

/** Says what gives `principal` the right to `operation`; for the record, it decides nothing. */
export function grantsOf(
  settings: AccessSettings,
): (operation: Operation, principal: Principal, resource?: Guarded | GuardedSecret) => Grant {
  return (operation, principal, about) => {
    const resource = guarded(about, settings);
    const granting: readonly Relation[] = GRANTS[operation];
    const relations = relationsOf(principal, resource, settings).filter((relation) =>
      granting.includes(relation),
    );
    const used = new Set(rolesFor(operation, relations, resource, settings));
    return { relations, roles: principal.roles.filter((role) => used.has(role.toLowerCase())) };
  };
}

function rolesFor(
  operation: Operation,
  relations: readonly Relation[],
  resource: Guarded | undefined,
  { adminRole, readerRole, createRole, workloadIdentityRole }: AccessSettings,
): readonly string[] {
  return [
    ...(relations.includes('admin') ? [adminRole] : []),
    ...(relations.includes('reader') ? [readerRole] : []),
    ...(relations.includes('shared') ? (resource?.requiredRoles ?? []) : []),
    ...(operation === 'create' ? [createRole] : []),
    ...(operation === 'use_workload_identity' ? [workloadIdentityRole] : []),
  ].flatMap((role) => (role === undefined ? [] : [role.toLowerCase()]));
}

/** All relations in which `principal` stands to `resource`. */
export function relationsOf(
  principal: Principal | undefined,
  resource: Guarded | undefined,
  settings: AccessSettings,
): readonly Relation[] {
  if (principal === undefined || principal.id === '') return ['anonymous'];
  const isReader = settings.readerRole !== undefined && holdsAny(principal, [settings.readerRole]);
  const relations: Relation[] = [isReader ? 'reader' : 'member'];
  if (holdsAny(principal, [settings.adminRole])) relations.push('admin');
  if (resource?.createdBy === principal.id) relations.push('creator');
  if (resource !== undefined && holdsAny(principal, resource.requiredRoles))
    relations.push('shared');
  return relations;
}

/** Roles without a person to hold them grant nothing. */
function holdsAny(principal: Principal | undefined, wanted: readonly string[]): boolean {
  if (principal === undefined || principal.id === '') return false;
  const held = new Set(principal.roles.map((role) => role.toLowerCase()));
  return wanted.some((role) => held.has(role.toLowerCase()));
}
