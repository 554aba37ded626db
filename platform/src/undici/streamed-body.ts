import type { IncomingMessage } from 'node:http';

/** A streamed body grew beyond its limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The body as it comes, at most `limit` bytes of it; what nobody wants any more is read and forgotten. */
export async function* streamedBody(
  request: IncomingMessage,
  limit: number,
  onChunk: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    // Breaking off must leave the connection alive, since the client is still to be answered.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const buffer = chunk as Buffer; // a request without an encoding gives buffers
      bytes += buffer.length;
      if (bytes > limit) throw new BodyTooLarge();
      onChunk(buffer);
      yield buffer;
    }
  } finally {
    request.resume();
  }
}
