import { GatewayError } from '@mcp-gateway/core/domain/errors';
import {
  isModernVersion,
  METHOD_HEADER,
  SESSION_HEADER,
  VERSION_HEADER,
} from '@mcp-gateway/core/domain/mcp';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { Call } from './call.ts';
import { workloadOf, type Destination } from './destination.ts';
import type { OpenWork } from './open-work.ts';
import { leastLoaded, rendezvous } from './replica-choice.ts';
import { ClientGone } from '@mcp-gateway/core/ports/request-body';
import type { SessionBinding, SessionPlace, SessionSeal } from './session-seal.ts';

/** How the replicas of an adapter are to be chosen for a call. */
export type Route =
  /** A session of the era that has sessions: one replica, or none. */
  | {
      readonly kind: 'session';
      readonly place: SessionPlace;
      readonly sealed: string;
      readonly binding: SessionBinding;
    }
  /** No session, but the server may begin one with its answer. */
  | { readonly kind: 'new'; readonly binding: SessionBinding }
  /** Of the era without sessions. `affinity` keeps what belongs together at one replica. */
  | { readonly kind: 'stateless'; readonly affinity: string | undefined };

const TASKS_EXTENSION = Buffer.from('io.modelcontextprotocol/tasks');
const TASKS_EXTENSION_ESCAPED = Buffer.from('io.modelcontextprotocol\\/tasks');

/** Reads from a request where it may go; throws `session_not_found` for a session that is not the caller's here. */
export function routeOf(
  { request, target, body }: Call,
  adapter: Destination,
  principal: string,
  seal: SessionSeal,
): Route {
  const { headers } = request;
  if (isModernVersion(single(headers[VERSION_HEADER]))) {
    const method = single(headers[METHOD_HEADER]);
    const sticky = mentionsTasks(method, body);
    return { kind: 'stateless', affinity: sticky ? `${adapter.uid}\0${principal}` : undefined };
  }
  const binding = { kind: 'adapter', name: adapter.name, uid: adapter.uid, principal } as const;
  const sealed = single(headers[SESSION_HEADER]) ?? target.sessionId;
  if (sealed === undefined) return { kind: 'new', binding };
  const place = seal.open(sealed, binding);
  if (place === undefined) throw sessionNotFound();
  return { kind: 'session', place, sealed, binding };
}

/**
 * A client that declares the tasks extension may be given a task, and must find it again at the replica that has
 * it. The header is trusted for no more than this choice. Bodies too large to look into count as such.
 */
function mentionsTasks(method: string | undefined, body: Buffer | undefined): boolean {
  return (
    body === undefined ||
    method?.startsWith('tasks/') === true ||
    body.includes(TASKS_EXTENSION) ||
    body.includes(TASKS_EXTENSION_ESCAPED)
  );
}

/** The error that makes a client start a new session. */
export function sessionNotFound(): GatewayError {
  return new GatewayError('session_not_found', 'There is no such session; initialize a new one.');
}

/** Chooses replicas, waiting for one where that makes sense. */
export interface Router {
  /** Not one of `refused`; throws what the client shall be told if there is none. */
  choose: (call: Call, route: Route, adapter: Destination, refused: readonly Endpoint[]) => Promise<Endpoint>; // prettier-ignore
  /** Whether the replica of a session may still serve it after such a failure; one that ends and refuses connections has left. */
  mayReturn: (place: SessionPlace, adapter: Destination, after: 'refused' | 'failed') => boolean;
}

/** Sends sessions to their replica and everything else to the one with the least work. */
export function router(endpoints: Endpoints, work: OpenWork, waitSeconds: number): Router {
  let turn = 0;

  function candidate(route: Route, adapter: Destination, refused: readonly Endpoint[]) {
    const ready = endpoints
      .of(workloadOf(adapter))
      .filter((one) => !one.draining && !refused.some((other) => sameReplica(one, other)));
    if (route.kind === 'stateless' && route.affinity !== undefined) {
      return rendezvous(ready, route.affinity);
    }
    turn = (turn + 1) % 0x3fffffff;
    return leastLoaded(ready, work, turn);
  }

  const holder = (place: SessionPlace, adapter: Destination): Endpoint | undefined =>
    endpoints.of(workloadOf(adapter)).find((one) => sameReplica(one, place));

  return {
    async choose(call, route, adapter, refused) {
      if (route.kind === 'session') {
        const found = holder(route.place, adapter);
        if (found === undefined) throw sessionNotFound();
        return found;
      }
      const found = candidate(route, adapter, refused);
      if (found !== undefined) return found;
      if (refused.length > 0) throw refusedByAll();
      if (adapter.replicaCount === 0) throw noReplicasWanted(adapter);
      const wait = waiting(call, waitSeconds);
      try {
        for (;;) {
          const changed = endpoints.changed(workloadOf(adapter), wait.signal);
          const late = candidate(route, adapter, refused);
          if (late !== undefined) {
            changed.catch(() => undefined); // nobody waits for this change any more
            return late;
          }
          await changed;
        }
      } catch (error) {
        if (!wait.signal.aborted) throw error;
        if (call.response.destroyed) throw new ClientGone();
        throw noneReady(adapter);
      } finally {
        wait.end();
      }
    },
    mayReturn: (place, adapter, after) => {
      const found = holder(place, adapter);
      return found !== undefined && !(found.draining && after === 'refused');
    },
  };
}

/** A signal that is aborted when the client leaves, or after the time that a call may wait. */
function waiting({ response }: Call, seconds: number): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, seconds * 1000);
  response.on('close', abort);
  if (response.destroyed) abort();
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      response.off('close', abort);
      abort();
    },
  };
}

function sameReplica(
  one: { readonly instance: string; readonly uid: string },
  other: { readonly instance: string; readonly uid: string },
): boolean {
  return one.instance === other.instance && one.uid === other.uid;
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function refusedByAll(): GatewayError {
  return new GatewayError('upstream_failed', 'No replica of the server accepts connections.');
}

function noReplicasWanted(destination: Destination): GatewayError {
  const { kind, name } = workloadOf(destination);
  const message = `The ${kind} ${name} has a replicaCount of 0, so nothing runs; see /${kind}s/${name}/status.`;
  return new GatewayError('unavailable', message, { retryAfterSeconds: 60 });
}

function noneReady(destination: Destination): GatewayError {
  const { kind, name } = workloadOf(destination);
  const why = kind === 'service' ? '' : `; /${kind}s/${name}/status says why`;
  const message = `No replica of the ${kind} ${name} is ready yet${why}.`;
  return new GatewayError('unavailable', message, { retryAfterSeconds: 5 });
}
