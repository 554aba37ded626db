import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { EndExchange, Exchange, Outcome } from '@mcp-gateway/core/ports/relay';
import { undiciRelay } from '../relay.ts';
import { loopback } from './loopback.ts';

/** The least that a client can ask. */
export const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** What differs from test to test. */
export interface RelaySetup {
  readonly origin?: string;
  readonly answerTimeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
  readonly maxBodyBytes?: number;
  readonly maxAnswerBytes?: number;
  readonly filter?: Exchange['filter'];
}

/** A front server that relays everything to `upstream`, byte by byte. */
export async function relaySetup(upstream: RequestListener, options: RelaySetup = {}) {
  const net = loopback();
  const relay = undiciRelay({
    answerTimeoutSeconds: options.answerTimeoutSeconds ?? 60,
    heartbeatSeconds: options.heartbeatSeconds ?? 60,
  });
  const close = async (): Promise<void> => {
    await relay.close();
    await net.close();
  };
  const back = await net.serve(upstream);
  const outcomes: Outcome[] = [];
  const ends: { readonly method: string | undefined; readonly end: EndExchange }[] = [];
  const front = await net.serve((request, response) => {
    void relay
      .exchange(
        exchangeOf(request, response, options.origin ?? back.origin, options, (end) =>
          ends.push({ method: request.method, end }),
        ),
      )
      .then((outcome) => {
        outcomes.push(outcome);
        if (outcome.answered) return;
        const body = JSON.stringify({ kind: outcome.kind });
        relay.answer(request, response, { status: 502, headers: [], body });
      });
  });
  return { net, relay, back, front, outcomes, ends, close };
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  { maxBodyBytes = 1_000_000, maxAnswerBytes, filter }: RelaySetup,
  onStart: (end: EndExchange) => void,
): Exchange {
  return {
    request,
    response,
    origin,
    path: request.url ?? '/',
    headers: ['X-Up', 'yes'],
    maxBodyBytes,
    maxAnswerBytes,
    filter,
    onStart,
    onHead: (_, headers) =>
      Object.entries(headers).flatMap(([name, value]) =>
        ['connection', 'keep-alive', 'transfer-encoding'].includes(name) || value === undefined
          ? []
          : [value].flat().flatMap((each) => [name, each]),
      ),
  };
}

/** The body of a request. */
export async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
