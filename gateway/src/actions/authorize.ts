import type { Access, Guarded, Operation } from '@mcp-gateway/core/domain/access';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Principal } from '@mcp-gateway/core/domain/principal';

const REFUSALS = {
  create: (kind) => `You may not create ${kind}s.`,
  read: (kind) => `You may not read this ${kind}.`,
  call: (kind) => `You may not call this ${kind}.`,
  write: (kind) => `You may not change this ${kind}.`,
  read_values: (kind) => `You may not read this ${kind}'s values.`,
  use_workload_identity: () => 'You may not use workload identity.',
  open_egress: () => 'You may not let servers connect to addresses that are not of the internet.',
  use_secret: () => 'You may not use this secret.',
  transfer: (kind) => `You may not give ${kind}s to others.`,
} as const satisfies Record<Operation, (kind: ResourceKind) => string>;

/** What is to be done, to which kind of resource, and to which one of it. */
interface Wish {
  readonly operation: Operation;
  readonly kind: ResourceKind;
  readonly resource?: Guarded;
}

/** Throws `forbidden` unless the policy allows it. */
export function authorize(
  access: Access,
  principal: Principal,
  { operation, kind, resource }: Wish,
): void {
  if (access(operation, principal, resource)) return;
  throw new GatewayError('forbidden', REFUSALS[operation](kind));
}
