import { wholeNumber } from './settings.ts';

const MOST = 1_000_000_000;

/** Settings of what callers and adapters may take, each for itself in each replica of the gateway; 0 is no limit. */
export const limitShape = {
  PRINCIPAL_CALLS_PER_MINUTE: wholeNumber(0, MOST)
    .default(0)
    .describe('JSON-RPC requests of one caller in a minute, 0 for any number'),
  PRINCIPAL_SESSIONS_PER_MINUTE: wholeNumber(0, MOST)
    .default(0)
    .describe('Sessions that one caller may begin in a minute, 0 for any number'),
  PRINCIPAL_MAX_CALLS: wholeNumber(0, MOST)
    .default(5_000)
    .describe('Calls of one caller open at once, 0 for any number'),
  PRINCIPAL_MAX_SESSIONS: wholeNumber(0, MOST)
    .default(0)
    .describe('Sessions of one caller in use, 0 for any number'),
  PRINCIPAL_MAX_STREAMS: wholeNumber(0, MOST)
    .default(5_000)
    .describe('GET streams of one caller open at once, 0 for any number'),
  ADAPTER_CALLS_PER_MINUTE: wholeNumber(0, MOST)
    .default(0)
    .describe('JSON-RPC requests to one adapter in a minute, 0 for any number'),
  ADAPTER_SESSIONS_PER_MINUTE: wholeNumber(0, MOST)
    .default(0)
    .describe('Sessions begun at one adapter in a minute, 0 for any number'),
  ADAPTER_MAX_CALLS: wholeNumber(0, MOST)
    .default(0)
    .describe('Calls to one adapter open at once, 0 for any number'),
  ADAPTER_MAX_SESSIONS: wholeNumber(0, MOST)
    .default(0)
    .describe('Sessions of one adapter in use, 0 for any number'),
  ADAPTER_MAX_STREAMS: wholeNumber(0, MOST)
    .default(0)
    .describe('GET streams of one adapter open at once, 0 for any number'),
  MAX_ANSWER_BYTES: wholeNumber(0, 1_099_511_627_776)
    .default(1_073_741_824)
    .describe('Largest answer to a call on MCP paths, 0 for any size'),
  MAX_INSPECTED_BYTES: wholeNumber(1024, 1_073_741_824)
    .default(4_194_304)
    .describe('Largest body, list or event of adapters that have rules about their tools'),
};
