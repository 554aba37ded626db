const HEADER_BYTES = 8;

/**
 * The text in a container's log stream, which carries standard output and error in frames of a header (one byte for
 * the stream, three zeros, the length in four) and a payload.
 */
export async function* demultiplex(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoders = [new TextDecoder(), new TextDecoder(), new TextDecoder()];
  let pending: Buffer = Buffer.alloc(0);
  let left = 0;
  let decoder = decoders[1];
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length > 0) {
      if (left === 0) {
        if (pending.length < HEADER_BYTES) break;
        decoder = decoders[pending.readUInt8(0)];
        left = pending.readUInt32BE(4);
        pending = pending.subarray(HEADER_BYTES);
        continue;
      }
      const payload = pending.subarray(0, left);
      pending = pending.subarray(payload.length);
      left -= payload.length;
      const text = decoder?.decode(payload, { stream: true }) ?? '';
      if (text !== '') yield text;
    }
  }
}
