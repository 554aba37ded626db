import type { IncomingMessage } from 'node:http';

/** Reads a whole body and calls back once: with the bytes, or with `undefined` when they are more than allowed. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    done(undefined);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Events and a callback: iterators and promises cost as much as all the rest of a short call.
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= maxBytes) return;
    request.off('data', take).off('end', end);
    chunks.length = 0;
    done(undefined);
  };
  const end = (): void => {
    const [only] = chunks;
    done(chunks.length === 1 && only ? only : Buffer.concat(chunks, size));
  };
  request.on('data', take);
  request.on('end', end);
}
