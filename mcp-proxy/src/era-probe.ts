import {
  FIRST_MODERN_VERSION,
  isModernVersion,
  LEGACY_VERSIONS,
} from '@mcp-gateway/core/domain/mcp';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import type { ChildExit } from './child/child-exit.ts';
import type { Child } from './child/child.ts';

/** Which protocol a server speaks: with sessions, or request by request. */
export type Era =
  { readonly kind: 'legacy' } | { readonly kind: 'modern'; readonly supported: readonly string[] };

/** What a probe found: an era, an exit without an answer, or silence. */
export type Finding =
  | {
      readonly kind: 'era';
      readonly era: Era;
      /** The child may be used as a modern one. */ readonly primed: boolean;
    }
  | { readonly kind: 'exit'; readonly exit: ChildExit }
  | { readonly kind: 'silence' };

const DISCOVER_ID = 'bridge-discover';
const INITIALIZE_ID = 'bridge-initialize';
/** A server may answer the second question before the first. */
const AFTER_INITIALIZE_MS = 300;
const CLIENT = { name: 'mcp-proxy', version: '1.0.0' };

/** `server/discover` as the bridge itself asks it, which also makes a server that speaks both eras a modern one. */
export function discoverRequest(id: string | number, version = FIRST_MODERN_VERSION): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'server/discover',
    params: { _meta: bridgeEnvelope(version) },
  });
}

/** The `_meta` of the bridge's own modern requests. */
export function bridgeEnvelope(version: string): Readonly<Record<string, unknown>> {
  return {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
}

const initializeRequest = JSON.stringify({
  jsonrpc: '2.0',
  id: INITIALIZE_ID,
  method: 'initialize',
  params: { protocolVersion: LEGACY_VERSIONS[0], capabilities: {}, clientInfo: CLIENT },
});

export interface ProbeOptions {
  /** Ask `initialize` alone: for servers that exit when anything else comes first. */
  readonly initializeOnly: boolean;
  readonly discoverSilenceMs: number;
  readonly timeoutMs: number;
}

/** Asks a fresh child which era it speaks. */
export async function probeEra(child: Child, options: ProbeOptions): Promise<Finding> {
  const found = Promise.withResolvers<Finding>();
  let initializing = options.initializeOnly;
  const settle = (era: Era): void =>
    found.resolve({ kind: 'era', era, primed: era.kind === 'modern' && !initializing });
  let late: NodeJS.Timeout | undefined;
  child.listen({
    line: (line) => {
      const verdict = judge(line);
      if (verdict === 'initialized')
        late ??= setTimeout(settle, AFTER_INITIALIZE_MS, { kind: 'legacy' });
      else if (verdict) settle(verdict);
    },
    exit: (exit) => found.resolve({ kind: 'exit', exit }),
  });
  const early = child.exited();
  if (early) found.resolve({ kind: 'exit', exit: early });
  if (!options.initializeOnly) child.send(discoverRequest(DISCOVER_ID));
  const initialize = (): void => {
    initializing = true;
    child.send(initializeRequest);
  };
  const silence = setTimeout(initialize, options.initializeOnly ? 0 : options.discoverSilenceMs);
  const timeout = setTimeout(() => found.resolve({ kind: 'silence' }), options.timeoutMs);
  try {
    return await found.promise;
  } finally {
    clearTimeout(silence);
    clearTimeout(timeout);
    clearTimeout(late);
  }
}

/** A result or an unsupported version is modern; any other answer, to whichever question, is legacy. */
function judge(line: Buffer): Era | 'initialized' | undefined {
  const message = jsonOf(line);
  if (!isRecord(message) || 'method' in message) return undefined;
  if (message.id === INITIALIZE_ID) return 'initialized';
  const refused = isRecord(message.error) ? message.error : undefined;
  if (refused?.code === RPC.unsupportedVersion) {
    return eraOf(isRecord(refused.data) ? refused.data.supported : []);
  }
  if (message.id !== DISCOVER_ID) return refused ? { kind: 'legacy' } : undefined;
  return isRecord(message.result) ? eraOf(message.result.supportedVersions) : { kind: 'legacy' };
}

function eraOf(versions: unknown): Era {
  const supported = Array.isArray(versions)
    ? versions.filter((version): version is string => typeof version === 'string')
    : [];
  return supported.some(isModernVersion) ? { kind: 'modern', supported } : { kind: 'legacy' };
}

function jsonOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
