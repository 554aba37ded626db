import type { Exchange, Farewell } from '@mcp-gateway/core/ports/relay';
import type { EventStream } from './event-stream.ts';

/** A server that stops within an event does not keep a stream open that has to end. */
const LATE_MILLISECONDS = 1_000;

/** Ends a stream before its time. */
export interface Leaving {
  begin: (farewell: Farewell) => void;
  /** To be told when something went to the client: now nothing may be open any more. */
  step: () => void;
}

/** How the stream of an exchange is left: `end` ends it in order, `cut` where that is not possible. */
export function leaving(
  { request, response }: Exchange,
  stream: EventStream,
  { end, cut }: { readonly end: () => void; readonly cut: (cause: unknown) => void },
): Leaving {
  let farewell: Farewell | undefined;

  /** Within an event no other one can begin, so only between events there is anything to say. */
  function leave(late: boolean): void {
    if (farewell === undefined || response.writableEnded || response.destroyed) return;
    const event = lastWord(farewell, request, stream);
    if (event !== undefined && stream.betweenEvents()) response.write(event);
    else if (event !== undefined && !late) return;
    if (stream.betweenLines()) end();
    else if (late) cut(new Error('the stream has to end within a line'));
  }

  return {
    begin(last) {
      farewell = last;
      setTimeout(leave, LATE_MILLISECONDS, true).unref();
      leave(false);
    },
    step: () => leave(false),
  };
}

/** A client that can resume the stream gets its answer there, so it must not hear of another one. */
function lastWord(
  { event }: Farewell,
  { method }: Exchange['request'],
  stream: EventStream,
): string | undefined {
  return method === 'POST' && !stream.resumable() ? event : undefined;
}
