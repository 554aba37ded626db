import { z } from 'zod';
import type { SecretGrant } from '../access.ts';
import { auditShape } from './audit-settings.ts';
import { cosmosShape } from './cosmos-settings.ts';
import { kubernetesShape } from './kubernetes-settings.ts';
import { entraShape } from './entra-settings.ts';
import { gatewaySecretsShape } from './gateway-secrets.ts';
import { limitShape } from './limit-settings.ts';
import { commaList, wholeNumber } from './settings.ts';

const Origin = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'must be an http or https origin such as https://mcp.example.com',
  })
  .refine(
    (text) => new URL(text).origin === text,
    'must be an origin: scheme, host and port, without a path or final slash',
  );

const SECRET_GRANT = /^(?<secret>[a-z0-9.-]*\*?)=(?<role>[^=\p{Cc}]{1,128})$/u;

const secretGrants: z.ZodType<readonly SecretGrant[], string> = commaList
  .refine(
    (pairs) => pairs.every((pair) => SECRET_GRANT.test(pair)),
    'must be pairs such as github=team-blue or blue.*=team-blue, separated by commas',
  )
  .transform((pairs) =>
    pairs.map((pair) => {
      const [secret = '', role = ''] = pair.split('=');
      return { secret, role };
    }),
  );

/** 32 bytes in base64 of either alphabet. */
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/** The gateway's settings, named as its environment variables; the Pulumi program fills the same type. */
export const GatewaySettings = z.object({
  HOST: z.string().default('localhost').describe('Address to listen on'),
  PORT: wholeNumber(0, 65535).default(8000).describe('Port of the gateway, 0 for any free one'),
  MANAGEMENT_PORT: wholeNumber(0, 65535)
    .default(8001)
    .describe('Port of /metrics and /health, 0 for any free one'),
  PUBLIC_ORIGIN: Origin.optional().describe('Origin by which clients reach the gateway'),
  ALLOWED_ORIGINS: commaList
    .refine(
      (origins) => origins.every((origin) => Origin.safeParse(origin).success),
      'must be origins such as https://portal.example.com, separated by commas',
    )
    .default([])
    .describe("Origins of web pages that may call, besides the gateway's own, comma-separated"),
  ...entraShape,
  DATA_DIR: z.string().default('.mcp-gateway').describe('Folder of all state on one machine'),
  LOCAL_IMAGES: z.string().default('local-images.json').describe('File with further local images'),
  ...cosmosShape,
  ...kubernetesShape,
  ADMIN_ROLE: z.string().default('mcp.admin').describe('Role that may do everything'),
  READER_ROLE: z
    .string()
    .optional()
    .describe('Role that may read and call everything, and create nothing for being signed in'),
  CREATE_ROLE: z
    .string()
    .optional()
    .describe('Role needed to create resources; anybody signed in when absent'),
  WORKLOAD_IDENTITY_ROLE: z
    .string()
    .optional()
    .describe('Role that may use workload identity besides admins'),
  EGRESS_ROLE: z
    .string()
    .optional()
    .describe('Role that may let servers connect to private addresses besides admins'),
  SECRET_ROLES: secretGrants
    .optional()
    .describe(
      'Roles that may refer to secrets besides admins, as secret=role or prefix*=role, comma-separated',
    ),
  SESSION_KEYS: commaList
    .refine(
      (keys) => keys.length > 0 && keys.every((key) => KEY.test(key)),
      'must be base64 of 32 bytes each, separated by commas',
    )
    .optional()
    .describe(
      'Keys that seal session ids, base64 of 32 bytes each, comma-separated; the first seals, all open',
    )
    .meta({ secret: true }),
  ...gatewaySecretsShape,
  INTERNAL_PORT: wholeNumber(0, 65535)
    .default(8002)
    .describe(
      'Port that the tool router calls back to, 0 for any free one; open only where there is one',
    ),
  SESSION_MAX_AGE_SECONDS: wholeNumber(60, 31_536_000)
    .default(604_800)
    .describe('A session id is refused when it is older'),
  MAX_BODY_BYTES: wholeNumber(1024, 1_073_741_824)
    .default(16_777_216)
    .describe('Largest request body on MCP paths'),
  ANSWER_TIMEOUT_SECONDS: wholeNumber(1, 86_400)
    .default(600)
    .describe('How long a server may take to begin its answer'),
  READY_WAIT_SECONDS: wholeNumber(0, 600)
    .default(20)
    .describe('How long a call waits for a replica that is starting'),
  HEARTBEAT_SECONDS: wholeNumber(1, 3600)
    .default(15)
    .describe('Silence on an event stream before a heartbeat'),
  CACHE_SECONDS: wholeNumber(1, 60).default(2).describe('How old the cached resources may be'),
  DRAIN_SECONDS: wholeNumber(0, 3600)
    .default(20)
    .describe('How long open requests may go on after SIGTERM'),
  MAX_REQUESTS: wholeNumber(1, 1_000_000)
    .default(10_000)
    .describe('Requests and streams open at once on MCP paths'),
  ...limitShape,
  ...auditShape,
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level logged'),
});
export type GatewaySettings = z.output<typeof GatewaySettings>;
