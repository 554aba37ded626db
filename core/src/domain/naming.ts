import { z } from 'zod';

/** The kinds of resource that run as a workload; part of every object's name, so kinds never share objects. */
export type ResourceKind = 'adapter' | 'tool';

/** What runs: resources, and the gateway's own services, whose names no resource may have. */
export type WorkloadKind = ResourceKind | 'service';

/** The tool router, on any platform. */
export const TOOL_ROUTER = { kind: 'service', name: 'tool-router' } as const satisfies WorkloadId;

/** Names of first-party services and well-known Services that no resource may take. */
export const RESERVED_NAMES: readonly string[] = [
  'gateway',
  'mcp-gateway',
  'mcpgateway',
  'tool-router',
  'toolgateway',
  'tool-gateway',
  'kubernetes',
  'kube-dns',
  'list',
  'default',
];

/** Longest name that still fits, with its kind and an ordinal, into a DNS label (RFC 1035) and a pod's label. */
export const MAX_NAME_LENGTH = 40;

/** A resource name: a DNS-1035 label of at most 40 characters that is not reserved. */
export const ResourceName = z
  .string({ error: 'is required and must be a string' })
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    'must be lower-case letters, digits and hyphens, start with a letter and end with a letter or digit',
  )
  .refine((name) => !RESERVED_NAMES.includes(name), 'is reserved, choose another name');

/** Identifies a workload on any platform. */
export interface WorkloadId {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** The name of all platform objects of a workload, such as `adapter-weather`. */
export function objectName({ kind, name }: WorkloadId): string {
  return `${kind}-${name}`;
}
