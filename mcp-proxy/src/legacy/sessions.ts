import { randomBytes } from 'node:crypto';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Child } from '../child/child.ts';
import type { ChildPool } from '../child/child-pool.ts';
import { type Refusal, refuse } from '../http/answer.ts';
import { createExchange, failExchange } from '../http/exchange.ts';
import { childOutflow } from '../http/child-outflow.ts';
import { full } from '../http/refusals.ts';
import type { Post } from '../http/post.ts';
import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import type { Tuning } from '../tuning.ts';
import { createSession, type Session } from './session.ts';

/** All sessions. */
export interface Sessions {
  readonly get: (id: string) => Session | undefined;
  /** Opens a session with the client's `initialize`, which it answers in any case. */
  readonly open: (post: Post, id: JsonRpcId) => void;
  /** Ends a session for its client. */
  readonly remove: (session: Session) => void;
  readonly waiting: () => number;
  readonly tick: (ticksPerBeat: number) => void;
  /** Answers whoever still waits; the children are ended by who ends all. */
  readonly closeAll: (refusal: Refusal) => void;
}

export interface SessionsOptions {
  readonly pool: ChildPool;
  /** Called when all places are taken: ends a child that can be spared, if there is one. */
  readonly makeRoom: () => Promise<void>;
  readonly initTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly cancelGraceMs: number;
  readonly tuning: Tuning;
  readonly log: Log;
}

/** No sessions yet. */
export function createSessions(options: SessionsOptions): Sessions {
  const { pool, idleTimeoutMs, log } = options;
  const sessions = new Map<string, Session>();

  const remove = (session: Session, refusal: Refusal): void => {
    sessions.delete(session.id);
    void session.close(refusal);
  };
  const begin = (child: Child): Session => {
    const id = randomBytes(16).toString('base64url');
    // The id is all that a client needs to use the session, so the log has only its beginning.
    const label = { session: id.slice(0, 6) };
    child.log.label(label);
    const session = createSession({
      id,
      child,
      outflow: childOutflow(child, options),
      cancelGraceMs: options.cancelGraceMs,
      ended: () => sessions.delete(id),
    });
    sessions.set(id, session);
    return session;
  };
  const open = (post: Post, id: JsonRpcId): void => {
    const use = (child: Child | undefined): void => {
      if (child === undefined) refuse(post.response, id, full);
      else if (post.response.destroyed) void child.end();
      else initialize(begin(child), post, id, options, remove);
    };
    const child = pool.take();
    if (child === undefined) void options.makeRoom().then(pool.takeSoon).then(use);
    else use(child);
  };

  return {
    get: (id) => sessions.get(id),
    open,
    remove: (session) => remove(session, { status: 200, message: 'The session was ended' }),
    waiting: () => {
      let waiting = 0;
      for (const session of sessions.values()) waiting += session.waiting();
      return waiting;
    },
    tick: (ticksPerBeat) => {
      const longAgo = Date.now() - idleTimeoutMs;
      for (const session of sessions.values()) {
        session.tick(ticksPerBeat);
        if ((session.idleSince() ?? Infinity) > longAgo) continue;
        log.info({ session: session.id.slice(0, 6) }, 'idle session ended');
        remove(session, { status: 200, message: 'The session was idle' });
      }
    },
    closeAll: (refusal) => {
      for (const session of sessions.values()) remove(session, refusal);
    },
  };
}

/** Sends `initialize`; only a result makes the session last. */
function initialize(
  session: Session,
  { response, accepts, message, line }: Post,
  id: JsonRpcId,
  { initTimeoutMs }: SessionsOptions,
  remove: (session: Session, refusal: Refusal) => void,
): void {
  const exchange = createExchange(response, id, accepts, session.outflow);
  exchange.headers = { 'mcp-session-id': session.id };
  let answered = false;
  const timeout = setTimeout(() => {
    const refusal = {
      status: 504,
      message: `The server did not answer initialize within ${initTimeoutMs / 1000} s`,
    };
    failExchange(exchange, refusal);
    remove(session, refusal);
  }, initTimeoutMs);
  response.on('close', () => {
    clearTimeout(timeout);
    // Nobody knows the id of this session.
    if (!answered) remove(session, { status: 200, message: 'The client has gone' });
  });
  session.call(message, line, exchange, (answer) => {
    clearTimeout(timeout);
    answered = answer.error === undefined && !exchange.gone;
    if (!answered) exchange.headers = undefined;
  });
}
