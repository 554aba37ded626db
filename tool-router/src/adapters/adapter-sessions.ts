import {
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import {
  SdkHttpError,
  type Client,
  type RequestOptions,
  type ServerCapabilities,
} from '@modelcontextprotocol/client';
import { isOutage, troubleOf } from './adapter-trouble.ts';
import type { AdapterCall } from './connection.ts';
import { sessionPool, type AdapterSessionOptions, type AdapterTarget } from './session-pool.ts';

/** What is done with an adapter once there is a connection. */
type AdapterWork<T> = (
  client: Client,
  options: RequestOptions,
  capabilities: ServerCapabilities,
) => Promise<T>;

/** Sessions with adapters, one per caller, client session and adapter. */
export interface AdapterSessions {
  /**
   * Does `work`, on the session there is or on a new one; a session that the adapter has forgotten is opened anew once.
   * Throws `AdapterTrouble`, or the adapter's own error.
   */
  readonly use: <T>(target: AdapterTarget, call: AdapterCall, work: AdapterWork<T>) => Promise<T>;
  /** The client's session has ended, and with it those on its behalf. */
  readonly endOf: (session: string) => void;
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

const FAILURES_IN_A_ROW = 3;
const LEFT_ALONE_MS = 5_000;
const REMEMBERED_ADAPTERS = 10_000;

/** No sessions yet; each is opened when it is first needed. */
export function adapterSessions(options: AdapterSessionOptions): AdapterSessions {
  const pool = sessionPool(options);
  const breakers = new LRUCache<string, CircuitBreakerPolicy>({ max: REMEMBERED_ADAPTERS });

  const attempt = async <T>(
    target: AdapterTarget,
    call: AdapterCall,
    work: AdapterWork<T>,
  ): Promise<T> => {
    const session = pool.get(target, call);
    session.busy++;
    try {
      const connection = await session.opening;
      return await connection.run(call, (client, requestOptions) =>
        work(client, requestOptions, connection.serverCapabilities),
      );
    } catch (error) {
      if (isLost(error)) await pool.end(session);
      throw error;
    } finally {
      session.busy--;
      session.lastUsed = Date.now();
    }
  };
  const breakerOf = ({ adapter: { value } }: AdapterTarget): CircuitBreakerPolicy => {
    const known = breakers.get(value.uid);
    if (known) return known;
    const made = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: LEFT_ALONE_MS,
      breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    });
    breakers.set(value.uid, made);
    return made;
  };

  return {
    use: async (target, call, work) => {
      const { name } = target.adapter.value;
      try {
        return await breakerOf(target).execute(async () => {
          try {
            const had = pool.has(target, call);
            return await attempt(target, call, work).catch((error: unknown) => {
              // The adapter has not acted on what it did not know the session of.
              if (had && isLost(error)) return attempt(target, call, work);
              throw error;
            });
          } catch (error) {
            throw troubleOf(name, error);
          }
        });
      } catch (error) {
        throw troubleOf(name, error); // the breaker's own
      }
    },
    endOf: (client) => {
      for (const session of pool.all()) if (session.client === client) void pool.end(session);
    },
    size: pool.size,
    close: pool.close,
  };
}

const isLost = (error: unknown): boolean => error instanceof SdkHttpError && error.status === 404;
