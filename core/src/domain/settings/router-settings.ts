import { z } from 'zod';
import { cosmosShape } from './cosmos-settings.ts';
import { gatewaySecretsShape } from './gateway-secrets.ts';
import { wholeNumber } from './settings.ts';

const MiB = 1024 * 1024;

/** The tool router's settings, named as its environment variables; the Pulumi program fills the same type. */
export const RouterSettings = z.object({
  HOST: z.string().default('localhost').describe('Address to listen on'),
  PORT: wholeNumber(0, 65535).default(8000).describe('Port to listen on, 0 for any free one'),
  ...gatewaySecretsShape,
  GATEWAY_URL: z
    .url({
      protocol: /^https?$/,
      error: 'must be the URL of the internal port of the gateway, such as http://localhost:8002',
    })
    .describe('Internal port of the gateway, by which tools and adapters are called'),
  DATA_DIR: z
    .string()
    .default('.mcp-gateway')
    .describe('Folder of the gateway on one machine; only read'),
  ...cosmosShape,
  ADMIN_ROLE: z.string().default('mcp.admin').describe('Role that may do everything'),
  READER_ROLE: z.string().optional().describe('Role that may read and call everything'),
  CACHE_SECONDS: wholeNumber(1, 60).default(1).describe('How old the known resources may be'),
  LIST_MODE: z
    .enum(['all', 'search'])
    .default('all')
    .describe(
      'Whether tools are listed, or found by search_tools; ?mode= on the URL says otherwise',
    ),
  LIST_PAGE_SIZE: wholeNumber(1, 10_000).default(1000).describe('Entries on one page of a list'),
  LIST_TTL_SECONDS: wholeNumber(0, 3600)
    .default(30)
    .describe('How long clients may keep a list, and the router that of an adapter'),
  LIST_TIMEOUT_SECONDS: wholeNumber(1, 60)
    .default(5)
    .describe('An adapter that does not say in time what it has is left out of a list'),
  CALL_TIMEOUT_SECONDS: wholeNumber(1, 86_400)
    .default(300)
    .describe('How long a call may take, anew after each sign of progress'),
  CALL_MAX_SECONDS: wholeNumber(1, 86_400)
    .default(3600)
    .describe('How long a call may take with all its progress'),
  MAX_RESULT_BYTES: wholeNumber(1024, 268_435_456)
    .default(8 * MiB)
    .describe('Largest answer of a tool or an adapter'),
  MAX_BODY_BYTES: wholeNumber(1024, 268_435_456)
    .default(4 * MiB)
    .describe('Largest request body'),
  MAX_SESSIONS: wholeNumber(1, 1_000_000).default(10_000).describe('Sessions of clients at once'),
  SESSION_IDLE_SECONDS: wholeNumber(60, 604_800)
    .default(1800)
    .describe('A session without request and stream is ended after'),
  MAX_ADAPTER_SESSIONS: wholeNumber(1, 1_000_000)
    .default(2000)
    .describe('Sessions with adapters at once; the one that was idle longest makes room'),
  ADAPTER_SESSION_IDLE_SECONDS: wholeNumber(10, 86_400)
    .default(300)
    .describe('A session with an adapter is ended when it was not used for'),
  MAX_SUBSCRIPTIONS: wholeNumber(1, 1_000_000)
    .default(10_000)
    .describe('Streams of subscriptions/listen at once'),
  DRAIN_SECONDS: wholeNumber(0, 3600)
    .default(20)
    .describe('How long open calls may go on after SIGTERM'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level logged'),
});
export type RouterSettings = z.output<typeof RouterSettings>;
