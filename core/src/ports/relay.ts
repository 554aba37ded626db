import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request of a client that is to be answered by one server. */
export interface Exchange {
  readonly request: IncomingMessage;
  /** Untouched until the server's head is there; the caller may answer by it after an outcome that says so. */
  readonly response: ServerResponse;
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Path and query at the server. */
  readonly path: string;
  /** Names and values in turn, all that the server shall see but `Host` and the framing of the body. */
  readonly headers: string[];
  /** The whole body where it was read already; otherwise it streams from `request`. */
  readonly body?: Buffer | undefined;
  /** A streamed body that grows beyond this is `too_large`. */
  readonly maxBodyBytes: number;
  /**
   * Called once with the server's head, names in lower case; returns names and values in turn for the client,
   * without `Transfer-Encoding` and `Connection`.
   */
  readonly onHead: (status: number, headers: AnswerHeaders) => string[];
  /** Called before `onHead`; says who looks into the answer, `unreadable` if nobody can, nothing if bytes go through as they are. */
  readonly filter?: ((headers: AnswerHeaders) => AnswerFilter | 'unreadable' | undefined) | undefined; // prettier-ignore
  /** An answer that grows beyond this is cut; a stream that answers a GET has no end and so no limit. None when absent. */
  readonly maxAnswerBytes?: number | undefined;
  /** Shown each piece of a streamed body on its way. */
  readonly onBody?: ((piece: Buffer) => void) | undefined;
  /** Called at once with what ends the exchange before its time. */
  readonly onStart?: ((end: EndExchange) => void) | undefined;
}

/** Decides what of an answer goes on. What it throws breaks the answer off. */
export interface AnswerFilter {
  /** What goes on now that this has come; may be empty. */
  readonly pass: (chunk: Buffer) => Buffer;
  /** What goes on now that nothing more comes. */
  readonly end: () => Buffer;
}

/** Ends an exchange: an event stream between two lines, so that its client comes back. False where it goes on. */
export type EndExchange = (farewell: Farewell) => boolean;

/** How an exchange ends before its time. */
export interface Farewell {
  /** Whether other answers are broken off, too, and requests that have none given up; otherwise those go on. */
  readonly everything: boolean;
  /** Last event of a stream that answers a POST, unless its client can resume it. */
  readonly event?: string | undefined;
}

/** Headers of a server's answer, names in lower case, text as Latin-1. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer that comes from no server. */
export interface OwnAnswer {
  readonly status: number;
  /** Names and values in turn, all but the framing. */
  readonly headers: string[];
  readonly body: string;
}

/** How an exchange ended. The response is untouched, and the caller's to answer, where `answered` is false. */
export type Outcome =
  /** The whole answer went to the client. */
  | { readonly kind: 'done'; readonly answered: true; readonly status: number; readonly bytes: number } // prettier-ignore
  /** The server broke off within its answer; the client's connection was cut so that it sees that, too. */
  | { readonly kind: 'broken'; readonly answered: true; readonly status: number; readonly bytes: number; readonly cause: unknown } // prettier-ignore
  /** The answer was longer than `maxAnswerBytes`; the client's connection was cut as for a broken one. */
  | { readonly kind: 'cut'; readonly answered: true; readonly status: number; readonly bytes: number } // prettier-ignore
  /** The client went away; the server's side was ended at once. `status` is there if the answer had begun. */
  | { readonly kind: 'gone'; readonly answered: true; readonly status?: number; readonly bytes: number } // prettier-ignore
  /** No connection, so no byte of the request was sent: it may go to another server. */
  | { readonly kind: 'refused'; readonly answered: false; readonly cause: unknown }
  /** The connection broke before the answer began; the server may have acted on the request. */
  | { readonly kind: 'failed'; readonly answered: false; readonly cause: unknown }
  /** No answer began in time. */
  | { readonly kind: 'timeout'; readonly answered: false }
  /** The server wanted to send the client elsewhere, which is never followed. */
  | { readonly kind: 'redirected'; readonly answered: false; readonly status: number }
  /** The streamed body had more than `maxBodyBytes`. */
  | { readonly kind: 'too_large'; readonly answered: false }
  /** The server's answer says that it is longer than `maxAnswerBytes`. */
  | { readonly kind: 'answer_too_large'; readonly answered: false }
  /** The answer is in a form into which its filter cannot look. */
  | { readonly kind: 'unreadable'; readonly answered: false }
  /** It was ended before the answer began; the server may have acted on the request. */
  | { readonly kind: 'ended'; readonly answered: false };

/** Carries exchanges byte by byte, with back-pressure both ways; never follows, repeats, unpacks or remembers anything. */
export interface Relay {
  /** Never rejects. */
  exchange: (exchange: Exchange) => Promise<Outcome>;
  /** Answers without a server; a client that is still sending its body gets to read the answer before the connection closes. */
  answer: (request: IncomingMessage, response: ServerResponse, answer: OwnAnswer) => void;
}
