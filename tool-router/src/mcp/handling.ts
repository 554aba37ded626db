import type { ClientCapabilities, Result, ServerContext } from '@modelcontextprotocol/server';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import type { Asker } from '../adapters/adapter-lists.ts';
import type { SendToAdapter } from '../adapters/adapter-requests.ts';
import type { CallByName } from './call-tool.ts';
import type { Missing } from './missing.ts';
import type { Prompts } from './prompts.ts';
import type { Resources } from './resources.ts';
import type { Tools } from './tools.ts';

/** Whether a client sees the tools themselves, or two that find and call them. */
export type ListMode = 'all' | 'search';

/** What every server of the router stands on. */
export interface ServerDependencies {
  readonly tools: Tools;
  readonly prompts: Prompts;
  readonly resources: Resources;
  readonly callByName: CallByName;
  readonly sendToAdapter: SendToAdapter;
  readonly ranking: Ranking;
  readonly pageSize: number;
  readonly ttlMs: number;
  readonly version: string;
}

/** For whom one server is: a session of the era that has them, or a single request. */
export interface ServerScope {
  readonly era: 'legacy' | 'modern';
  readonly mode: ListMode;
  readonly session: string | undefined;
  readonly capabilities: () => ClientCapabilities;
}

/** What the handlers of one server need. */
export interface Handling extends ServerDependencies {
  readonly askerOf: (ctx: ServerContext) => Asker;
  /** A page of a list with what the era wants beside it. */
  readonly listResult: <T>(name: string, items: readonly T[], options: ListResultOptions<T>) => Result; // prettier-ignore
}

interface ListResultOptions<T> {
  readonly keyOf: (item: T) => string;
  readonly shown: (item: T) => unknown;
  readonly cursor: string | undefined;
  readonly missing: readonly Missing[];
}
