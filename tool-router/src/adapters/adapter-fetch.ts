import { fetch as undiciFetch } from 'undici';
import type { FetchLike } from '@modelcontextprotocol/client';
import { METHOD_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Caller } from '../caller.ts';
import type { GatewayLink } from '../gateway-link.ts';
import { TooLarge } from '../tools/byte-limit.ts';

const NEWLINE = 10;

/**
 * The fetch of one session with an adapter: through the gateway, on behalf of the caller as last seen. An answer that has
 * more than `maxBytes` breaks; of a stream that stays open each line counts on its own.
 */
export function adapterFetch(
  gateway: GatewayLink,
  caller: () => Caller,
  maxBytes: number,
): FetchLike {
  return async (url, init) => {
    const headers = new Headers(gateway.headersFor(caller()));
    for (const [name, value] of new Headers(init?.headers)) headers.set(name, value);
    // Of undici itself, not Node's copy of it, so that the dispatcher is of the same make.
    const response = (await undiciFetch(url, {
      ...(init as object),
      headers: [...headers],
      dispatcher: gateway.dispatcher,
    })) as unknown as Response; // the same standard, other declarations
    if (response.body === null) return response;
    const staysOpen =
      init?.method === 'GET' || headers.get(METHOD_HEADER) === 'subscriptions/listen';
    const { status, statusText } = response;
    return new Response(response.body.pipeThrough(limiter(maxBytes, staysOpen)), {
      status,
      statusText,
      headers: [...response.headers],
    });
  };
}

function limiter(limit: number, perLine: boolean): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      const lineEnd = perLine ? chunk.lastIndexOf(NEWLINE) : -1;
      bytes = lineEnd >= 0 ? chunk.length - lineEnd - 1 : bytes + chunk.length;
      if (bytes > limit) controller.error(new TooLarge());
      else controller.enqueue(chunk);
    },
  });
}
