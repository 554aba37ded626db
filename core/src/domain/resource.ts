import { z } from 'zod';
import { Disabled } from './disabled.ts';
import { ResourceName } from './naming.ts';

const MAX_ENVIRONMENT_BYTES = 64 * 1024;
const MAX_VARIABLES = 200;

/** Names that the platform sets itself; a resource that could set them could break its own probes or identity. */
const RESERVED_VARIABLES =
  /^(PORT|HOSTNAME|AZURE_FEDERATED_TOKEN_FILE|KUBERNETES_.*|MCP_GATEWAY_.*)$/;

const EnvironmentName = z
  .string()
  .max(256, 'must have at most 256 characters')
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'must be letters, digits and underscores and not start with a digit',
  )
  .refine(
    (name) => !RESERVED_VARIABLES.test(name),
    'is set by the platform and cannot be overridden',
  );

const EnvironmentValue = z
  .string({ error: 'must be a string' })
  .refine((value) => !value.includes('\0'), 'must not contain NUL');

const EnvironmentVariables = z
  .record(EnvironmentName, EnvironmentValue)
  .refine(
    (map) => Object.keys(map).length <= MAX_VARIABLES,
    `must have at most ${MAX_VARIABLES} entries`,
  )
  .refine(
    (map) => sizeOf(map) <= MAX_ENVIRONMENT_BYTES,
    `must have at most ${MAX_ENVIRONMENT_BYTES} bytes in all`,
  );

/** Tokens of service accounts, join tokens of nodes and releases of charts are never what a server is meant to have. */
const CLUSTER_OWN =
  /^([^/]*-token-[bcdfghjklmnpqrstvwxz2456789]{5}|bootstrap-token-[^/]*|sh\.helm\.release\.[^/]*)\//;

/** `{secret}/{key}`: a Kubernetes Secret's key, or a file below the secrets folder on one machine. */
const SecretReference = z
  .string()
  .max(512)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9_][A-Za-z0-9._-]*$/,
    'must be "{secret}/{key}"',
  )
  .refine((reference) => !CLUSTER_OWN.test(reference), 'is of the cluster itself, for no server');

/** A Kubernetes quantity, restricted to the forms that CPU and memory take. */
const Quantity = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'must be a quantity such as 250m or 512Mi');
const ResourceAmounts = z.object({ cpu: Quantity.optional(), memory: Quantity.optional() });

const EgressRange = z.object({
  cidr: z
    .union([z.cidrv4(), z.cidrv6()], { error: 'must be an address block such as 10.1.2.0/24' })
    .describe('Address block'),
  ports: z
    .array(z.int().min(1).max(65535))
    .min(1)
    .max(32)
    .optional()
    .describe('TCP ports, any port and protocol when absent'),
});

const Role = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(128, 'must have at most 128 characters')
  .regex(/^[^,\p{Cc}]*$/u, 'must not contain commas or control characters');

/** The members that adapters and tools share: which image runs, how often, and for whom. */
export const WorkloadSpec = z.object({
  name: ResourceName.describe('Unique name, also the last part of the URL'),
  imageName: z
    .string({ error: 'is required and must be a string' })
    .max(255, 'must have at most 255 characters')
    .regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, 'must be a repository path such as team/weather')
    .describe('Image repository, without registry'),
  imageVersion: z
    .string({ error: 'is required and must be a string' })
    .regex(
      /^([a-zA-Z0-9][a-zA-Z0-9._-]{0,127}|sha256:[a-f0-9]{64})$/,
      'must be a tag or a sha256 digest',
    )
    .describe('Image tag or digest'),
  environmentVariables: EnvironmentVariables.default({}).describe(
    'Plain environment variables; their values are shown to writers only',
  ),
  secretEnvironmentVariables: z
    .record(EnvironmentName, SecretReference)
    .default({})
    .describe('Environment variables whose values come from a secret, by reference'),
  replicaCount: z.int().min(0).max(32).default(1).describe('How many replicas run'),
  description: z.string().max(4096).default('').describe('For people'),
  useWorkloadIdentity: z.boolean().default(false).describe('Run with the Azure workload identity'),
  requiredRoles: z
    .array(Role)
    .max(64)
    .default([])
    .transform((roles) => [...new Set(roles)])
    .describe('Roles that may read and call this besides its creator'),
  resources: z
    .object({ requests: ResourceAmounts.optional(), limits: ResourceAmounts.optional() })
    .optional()
    .describe('CPU and memory per replica'),
  egress: z
    .array(EgressRange)
    .max(64)
    .optional()
    .describe(
      "Where the server may connect to on a cluster, instead of the platform's default; names are always resolved",
    ),
  idleTimeoutSeconds: z
    .int()
    .min(60)
    .max(7 * 24 * 3600)
    .optional()
    .describe('Servers that heed MCP_IDLE_TIMEOUT_SECONDS end sessions that were idle this long'),
});
export type WorkloadSpec = z.output<typeof WorkloadSpec>;

/** Where in a workload something listens. */
export const Port = z.int().min(1).max(65535);

/** A path below a workload's root, without tricks. */
export const Path = z
  .string()
  .max(512)
  .regex(/^\/[a-zA-Z0-9/_.-]*$/, 'must start with / and contain letters, digits, / _ . - only')
  .refine((path) => !path.includes('..'), 'must not contain ".."');

/** What the gateway adds to what was asked for. */
export const RECORDED = {
  /** Distinguishes this resource from an earlier one of the same kind and name. */
  uid: z.string(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  lastUpdatedAt: z.iso.datetime(),
  /** Set when deletion has begun; the record goes once the workload is gone. */
  deletedAt: z.iso.datetime().optional(),
  /** Set while it is switched off: nothing of it runs, and nobody is served. */
  disabled: Disabled.optional(),
};

/** A stored resource that was made from `Spec`. */
export type Recorded<Spec> = Spec & z.output<z.ZodObject<typeof RECORDED>>;

/** What adapters and tools have in common once they are stored. */
export type Resource = Recorded<WorkloadSpec>;

/** What a caller is shown besides, or instead of, what was asked for; `uid` and `deletedAt` stay inside. */
export const SHOWN = {
  id: z.string().describe('Equal to the name'),
  environmentVariables: z
    .record(z.string(), z.string())
    .describe('Values are "***" for callers who may not change this'),
  secretEnvironmentVariables: z
    .record(z.string(), z.string())
    .describe('References, never values; "***" for callers who may not change this'),
  requiredRoles: z.array(z.string()),
  createdBy: z
    .string()
    .describe('Id of the principal who owns it: its creator, unless it was transferred'),
  createdAt: z.iso.datetime(),
  lastUpdatedAt: z.iso.datetime(),
  disabled: Disabled.optional().describe('Present while it is switched off'),
};

/** The wire form of a resource; values of variables are starred out unless `withValues`. */
export function resourceView<R extends Resource>(resource: R, withValues: boolean) {
  const { uid, deletedAt, ...shown } = resource;
  const { name: id, environmentVariables, secretEnvironmentVariables } = resource;
  if (withValues) return { id, ...shown };
  return {
    id,
    ...shown,
    environmentVariables: starredOut(environmentVariables),
    secretEnvironmentVariables: starredOut(secretEnvironmentVariables),
  };
}

/** Adds an issue for each variable that is plain and secret at once. */
export function variablesOnce(
  { environmentVariables, secretEnvironmentVariables }: WorkloadSpec,
  context: z.RefinementCtx,
): void {
  for (const name of Object.keys(secretEnvironmentVariables)) {
    if (!(name in environmentVariables)) continue;
    const path = ['secretEnvironmentVariables', name];
    context.addIssue({ code: 'custom', path, message: 'is also a plain variable' });
  }
}

function starredOut(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, '***']));
}

function sizeOf(map: Readonly<Record<string, string>>): number {
  const encoder = new TextEncoder();
  return Object.entries(map).reduce(
    (sum, [key, value]) => sum + encoder.encode(key + value).length,
    0,
  );
}
