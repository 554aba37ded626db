import { isRecord, type Message } from '../json/message.ts';
import { bridgeEnvelope } from '../era-probe.ts';
import { type ParamHeader, paramHeaders } from './param-headers.ts';

/** Asks a child a question of the bridge's own; the callback always comes, with `undefined` if no answer does. */
export type Ask = (
  method: string,
  params: object,
  answer: (message: Message | undefined) => void,
) => void;

/** Knows which headers must repeat arguments of which tool, from the child's own `tools/list`. */
export interface ToolHeaders {
  /** Calls back at once where the tool is known. */
  readonly of: (tool: string, use: (declared: readonly ParamHeader[]) => void) => void;
  /** The tools have changed. */
  readonly forget: () => void;
}

const MAX_PAGES = 100;
/** A tool that nobody knows does not make us ask for each call of it. */
const LEAST_AGE_MS = 1000;

/** Nothing known yet; what is known is asked for again, in the background, after `maxAgeMs`. */
export function createToolHeaders(ask: Ask, version: string, maxAgeMs: number): ToolHeaders {
  let known = new Map<string, readonly ParamHeader[]>();
  let asked = -Infinity;
  let waiting: (() => void)[] | undefined;

  const finish = (found: Map<string, readonly ParamHeader[]>): void => {
    known = found;
    asked = Date.now();
    const callbacks = waiting ?? [];
    waiting = undefined;
    for (const callback of callbacks) callback();
  };
  const page = (
    found: Map<string, readonly ParamHeader[]>,
    left: number,
    cursor?: string,
  ): void => {
    const params = { _meta: bridgeEnvelope(version), ...(cursor !== undefined && { cursor }) };
    ask('tools/list', params, (message) => {
      const result = isRecord(message?.result) ? message.result : {};
      for (const tool of Array.isArray(result.tools) ? result.tools : []) {
        if (isRecord(tool) && typeof tool.name === 'string')
          found.set(tool.name, paramHeaders(tool.inputSchema));
      }
      const { nextCursor } = result;
      if (typeof nextCursor === 'string' && left > 0) page(found, left - 1, nextCursor);
      else finish(found);
    });
  };
  const refresh = (callback?: () => void): void => {
    const callbacks = callback ? [callback] : [];
    if (waiting) {
      waiting.push(...callbacks);
      return;
    }
    waiting = callbacks;
    page(new Map(), MAX_PAGES);
  };

  return {
    of: (tool, use) => {
      const age = Date.now() - asked;
      const declared = known.get(tool);
      if (declared === undefined && age > LEAST_AGE_MS) {
        refresh(() => use(known.get(tool) ?? []));
        return;
      }
      if (age > maxAgeMs) refresh();
      use(declared ?? []);
    },
    forget: () => {
      known = new Map();
      asked = -Infinity;
    },
  };
}
