import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';

/** Bodies up to this size are read whole before they go on, so that they can be sent to another replica. */
export const WHOLE_BODY_BYTES = 64 * 1024;

/** A client that takes longer for so little holds its place for nothing. */
const WHOLE_BODY_MILLISECONDS = 60_000;

/** Throws `payload_too_large` for a body that says itself that it is longer than `limit`. */
export function checkDeclaredLength({ headers }: IncomingMessage, limit: number): void {
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

/** The error for a body over the limit. */
export function tooLarge(limit: number): GatewayError {
  return new GatewayError('payload_too_large', `The body has more than ${limit} bytes.`);
}

/** How a body is read whole. */
export interface WholeBody {
  /** Up to this size; `WHOLE_BODY_BYTES` when absent. */
  readonly bytes?: number | undefined;
  /** How long the client may take. */
  readonly milliseconds?: number;
}

/**
 * The whole body if it is small, empty if there is none, or undefined for one that has to be streamed, which is
 * then still unread. Rejects with `payload_too_large` over `limit`, and when the client breaks off or takes too long.
 */
export function wholeBody(
  request: IncomingMessage,
  limit: number,
  { bytes = WHOLE_BODY_BYTES, milliseconds = WHOLE_BODY_MILLISECONDS }: WholeBody = {},
): Promise<Buffer | undefined> {
  const length = request.headers['content-length'];
  if (length === undefined && request.headers['transfer-encoding'] === undefined) {
    return Promise.resolve(NOTHING);
  }
  if (Number(length ?? 0) > bytes) return Promise.resolve(undefined);
  return collected(request, limit, { bytes, milliseconds });
}

const NOTHING = Buffer.alloc(0);

// Listeners instead of `for await`: this runs for each request, and an async iterator costs a tenth of the whole call.
function collected(
  request: IncomingMessage,
  limit: number,
  whole: { readonly bytes: number; readonly milliseconds: number },
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (): void => {
      clearTimeout(late);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > limit) {
        stop();
        reject(tooLarge(limit));
      } else if (bytes > whole.bytes) {
        stop();
        request.pause();
        request.unshift(Buffer.concat(chunks));
        resolve(undefined);
      }
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    };
    const onClose = (): void => {
      stop();
      reject(new ClientGone());
    };
    const late = setTimeout(onClose, whole.milliseconds);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** The client broke off or stalled while it was sending its body, or broke off waiting for a replica. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}
