/** More came than may. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The same chunks; throws `TooLarge` once there are more than `limit` bytes, which also ends their source. */
export async function* limitedTo(
  limit: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new TooLarge();
    yield chunk;
  }
}
