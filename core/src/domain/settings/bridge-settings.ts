import * as z from 'zod';
import { commaList, wholeNumber } from './settings.ts';

const MiB = 1024 * 1024;

/** The bridge's settings, named as its environment variables. */
export const BridgeSettings = z.object({
  MCP_COMMAND: z.string().optional().describe('Command of a stdio server, such as npx or uvx'),
  MCP_ARGS: z.string().optional().describe('Its arguments, as POSIX shell words'),
  MCP_PROXY_URL: z.string().optional().describe('URL of a remote MCP server, instead of a command'),
  MCP_PROXY_HEADERS: z
    .string()
    .optional()
    .describe('Headers for the remote server, as a JSON object of strings')
    .meta({ secret: true }),
  MCP_PROXY_FORWARD_AUTHORIZATION: z
    .enum(['true', 'false'])
    .default('true')
    .describe("Whether the client's Authorization goes to the remote server"),
  MCP_PROXY_TIMEOUT_SECONDS: wholeNumber(1, 86_400)
    .default(600)
    .describe('How long the remote server may take to begin an answer'),
  MCP_POOL: wholeNumber(0, 100)
    .default(1)
    .describe('Children kept warm for the next session, 0 for none'),
  MCP_MAX_SESSIONS: wholeNumber(1, 100_000)
    .default(100)
    .describe('Children in all: one a session, one a modern caller'),
  MCP_IDLE_TIMEOUT_SECONDS: wholeNumber(1, 31_536_000)
    .default(1800)
    .describe('A session without request, stream and pending call is ended after'),
  MCP_INIT_TIMEOUT_SECONDS: wholeNumber(1, 86_400)
    .default(60)
    .describe('How long a child may take to answer initialize or the first probe'),
  MCP_MAX_BODY_BYTES: wholeNumber(1024, 1_073_741_824)
    .default(16 * MiB)
    .describe('Largest request body'),
  MCP_MAX_LINE_BYTES: wholeNumber(1024, 536_870_888)
    .default(64 * MiB)
    .describe('Longest line of a child; a longer one ends its session'),
  MCP_DRAIN_SECONDS: wholeNumber(0, 86_400)
    .default(25)
    .describe('How long running calls may go on after SIGTERM'),
  MCP_CANCEL_GRACE_SECONDS: wholeNumber(0, 86_400)
    .default(5)
    .describe('How long a cancelled call may still be answered by the child'),
  MCP_ALLOWED_ORIGINS: commaList
    .default([])
    .describe('Origins of web pages that may call, comma-separated'),
  MCP_ALLOWED_HOSTS: commaList
    .default([])
    .describe('Host names by which clients may call, comma-separated; any when empty'),
  HOST: z.string().default('0.0.0.0').describe('Address to listen on'),
  PORT: wholeNumber(0, 65535).default(8000).describe('Port to listen on, 0 for any free one'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level logged'),
});
export type BridgeSettings = z.output<typeof BridgeSettings>;
