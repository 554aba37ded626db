import { bag } from '@mcp-gateway/core/domain/bag';
import type { Exchange, Outcome, Relay } from '@mcp-gateway/core/ports/relay';
import { connections } from './connections.ts';
import { ownAnswer } from './own-answer.ts';
import { runningExchange } from './running-exchange.ts';
import type { RunningExchange } from './running-exchange.ts';
import type { ServerRequest } from './server-connection.ts';

export interface RelayOptions {
  /** How long a server may take to begin its answer. */
  readonly answerTimeoutSeconds: number;
  /** Silence on an event stream before a heartbeat. */
  readonly heartbeatSeconds: number;
}

/** A relay over its own pool of connections; `close` cuts what is left open. */
export function undiciRelay(options: RelayOptions): Relay & { close: () => Promise<void> } {
  const limits = {
    answerTimeoutMilliseconds: options.answerTimeoutSeconds * 1000,
    heartbeatMilliseconds: options.heartbeatSeconds * 1000,
  };
  const running = bag<RunningExchange>();
  const pool = connections();
  const clock = sharedClock(Math.min(1000, limits.heartbeatMilliseconds / 4), (now) => {
    for (const each of running.items()) each.beat(now);
    return pool.sweep(now) || running.size() > 0;
  });

  return {
    exchange: (exchange) =>
      new Promise<Outcome>((resolve) => {
        if (exchange.request.socket.destroyed) {
          resolve({ kind: 'gone', answered: true, bytes: 0 });
          return;
        }
        const connection = pool.take(exchange.origin);
        const current = runningExchange(exchange, limits, (outcome, reusable) => {
          running.remove(current);
          if (reusable) pool.giveBack(exchange.origin, connection);
          else connection.destroy();
          resolve(outcome);
        });
        running.add(current);
        exchange.onStart?.(current.end);
        clock.start();
        connection.dispatch(requestOf(exchange, current), current);
      }),
    answer: ownAnswer,
    close() {
      clock.stop();
      for (const each of running.items()) each.cut();
      pool.close();
      return Promise.resolve();
    },
  };
}

function requestOf(exchange: Exchange, { body }: RunningExchange): ServerRequest {
  const { request, path, headers } = exchange;
  const streamed = body !== null && !Buffer.isBuffer(body);
  const contentLength = streamed ? request.headers['content-length'] : undefined;
  return { method: request.method ?? 'GET', path, headers, body, contentLength };
}

/** One timer for all exchanges; it rests when there is nothing to watch. */
function sharedClock(
  milliseconds: number,
  tick: (now: number) => boolean,
): { start: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start() {
      timer ??= setInterval(() => {
        if (!tick(performance.now())) stop();
      }, milliseconds).unref();
    },
    stop,
  };
}
