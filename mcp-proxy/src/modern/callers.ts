import type { IncomingMessage } from 'node:http';
import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import { isModernVersion, USER_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Child } from '../child/child.ts';
import type { ChildPool } from '../child/child-pool.ts';
import { type Refusal, refuse } from '../http/answer.ts';
import { full } from '../http/refusals.ts';
import { childOutflow } from '../http/child-outflow.ts';
import type { Post } from '../http/post.ts';
import type { Tuning } from '../tuning.ts';
import { createModernChild, type ModernChild } from './modern-child.ts';
import { prime } from './prime.ts';

/** The modern children: one for each caller, one for all who are nobody in particular. */
export interface Callers {
  /** Sends a request to the caller's child, and answers in any case. */
  readonly call: (post: Post, id: JsonRpcId, supported: readonly string[]) => void;
  readonly notify: (post: Post) => void;
  /** The caller's child, where there is one. */
  readonly childOf: (request: IncomingMessage) => Child | undefined;
  /** Ends the child that is longest without work, if there is one. */
  readonly makeRoom: () => Promise<void>;
  readonly waiting: () => number;
  readonly tick: (ticksPerBeat: number) => void;
  /** Answers whoever still waits and ends the children. */
  readonly closeAll: (refusal: Refusal) => void;
}

export interface CallersOptions {
  readonly pool: ChildPool;
  /** A child that is primed already, once. */
  readonly firstModern: () => Child | undefined;
  readonly initTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly tuning: Tuning;
  readonly log: Log;
}

type Opened = ModernChild | Refusal;

/** Nobody has called yet. */
export function createCallers(options: CallersOptions): Callers {
  const { pool, idleTimeoutMs, log } = options;
  const ready = new Map<string, ModernChild>();
  const opening = new Map<string, Promise<Opened>>();
  let waiting = 0;

  const adopt = (caller: string, child: Child, version: string): ModernChild => {
    const modern: ModernChild = createModernChild({
      child,
      outflow: childOutflow(child, options, () => modern.waiting() > 0),
      version,
      toolListMs: options.tuning.toolListMs,
      ended: () => {
        if (ready.get(caller) === modern) ready.delete(caller);
      },
    });
    ready.set(caller, modern);
    return modern;
  };
  const begin = async (caller: string, version: string): Promise<Opened> => {
    const primed = options.firstModern();
    if (primed) return adopt(caller, primed, version);
    const child = pool.take() ?? (await endIdle(ready).then(pool.takeSoon));
    if (child === undefined) return full;
    return (await prime(child, version, options.initTimeoutMs)) ?? adopt(caller, child, version);
  };
  const open = async (caller: string, version: string): Promise<Opened> => {
    const pending = opening.get(caller) ?? begin(caller, version);
    opening.set(caller, pending);
    waiting += 1;
    try {
      return await pending;
    } finally {
      waiting -= 1;
      opening.delete(caller);
    }
  };

  return {
    call: (post, id, supported) => {
      const caller = callerOf(post.request);
      const modern = ready.get(caller);
      if (modern) {
        modern.call(post, id);
        return;
      }
      void open(caller, supported.find(isModernVersion) ?? '').then((opened) => {
        if ('status' in opened) refuse(post.response, id, opened);
        else opened.call(post, id);
      });
    },
    notify: ({ request, message, line }) => ready.get(callerOf(request))?.notify(message, line),
    childOf: (request) => ready.get(callerOf(request))?.child,
    makeRoom: () => options.firstModern()?.end() ?? endIdle(ready),
    waiting: () => [...ready.values()].reduce((sum, modern) => sum + modern.waiting(), waiting),
    tick: (ticksPerBeat) => {
      const longAgo = Date.now() - idleTimeoutMs;
      for (const [caller, modern] of ready) {
        modern.tick(ticksPerBeat);
        if ((modern.idleSince() ?? Infinity) > longAgo) continue;
        log.info({ pid: modern.child.pid }, 'idle child ended');
        ready.delete(caller);
        void modern.close(idle);
      }
    },
    closeAll: (refusal) => {
      for (const modern of ready.values()) void modern.close(refusal);
      ready.clear();
    },
  };
}

const idle: Refusal = { status: 200, message: 'The child was idle' };

/** Makes place at the cap: this era keeps nothing in a child, so that the one longest without work may go. */
async function endIdle(ready: Map<string, ModernChild>): Promise<void> {
  let oldest: { readonly caller: string; readonly modern: ModernChild } | undefined;
  for (const [caller, modern] of ready) {
    const since = modern.idleSince();
    if (since === undefined || since >= (oldest?.modern.idleSince() ?? Infinity)) continue;
    oldest = { caller, modern };
  }
  if (oldest === undefined) return;
  ready.delete(oldest.caller);
  await oldest.modern.close(idle);
}

function callerOf({ headers }: IncomingMessage): string {
  const user = headers[USER_ID_HEADER];
  return typeof user === 'string' ? user : '';
}
