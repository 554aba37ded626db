import { Client } from 'undici';
import type { AnswerHeaders } from '@mcp-gateway/core/ports/relay';

const CONNECT_MILLISECONDS = 5_000;

/** One request as it goes to a server. */
export interface ServerRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, without `Host` and the framing of the body. */
  readonly headers: string[];
  readonly body: Buffer | AsyncIterable<Buffer> | null;
  /** Of a streamed body, where the client has declared it. */
  readonly contentLength: string | undefined;
}

/** Lets the receiver of an answer slow the server down. */
export interface Flow {
  pause: () => void;
  resume: () => void;
}

/** What happens to a request at its server; after the end or an error nothing more happens. */
export interface ServerEvents {
  /** There is a connection, and the first byte is about to be sent. */
  onRequestStart: (flow: Flow) => void;
  /** Also called for informational answers (1xx), which another one follows. */
  onResponseStart: (flow: Flow, status: number, headers: AnswerHeaders) => void;
  onResponseData: (flow: Flow, chunk: Buffer) => void;
  onResponseEnd: () => void;
  onResponseError: (flow: Flow | null, error: Error) => void;
}

/** A connection to a server that carries one request at a time. */
export interface ServerConnection {
  dispatch: (request: ServerRequest, events: ServerEvents) => void;
  /** Whether it can carry another request. */
  usable: () => boolean;
  /** Closes it at once, whatever it carries. */
  destroy: () => void;
}

/** A connection by undici, made on the first request and made anew when the server has closed it in between. */
export function serverConnection(origin: string): ServerConnection {
  const client = new Client(origin, {
    // Streams may be silent for as long as they like, and answers have a limit of our own.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: CONNECT_MILLISECONDS },
  });
  return {
    dispatch({ method, path, headers, body, contentLength }, events) {
      if (contentLength !== undefined) headers.push('Content-Length', contentLength);
      client.dispatch(
        // undici takes async iterables, though its types do not say so
        { method, path, headers, body: body as Buffer | null },
        events,
      );
    },
    // It makes another connection itself when the server has closed this one.
    usable: () => !client.destroyed,
    destroy: () => void client.destroy(),
  };
}
