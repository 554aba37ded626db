/** One HTTP answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Status line and header lines as received. */
  readonly head: string;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const EMPTY: Buffer = Buffer.alloc(0);

type Expected = 'head' | 'body' | 'chunk size' | 'chunk' | 'trailer';

/**
 * Cuts a keep-alive connection's bytes into answers. It knows just what a measuring client needs, costs little, and
 * is linear in the bytes. Throws on answers without a framed length.
 */
export function answerParser(onAnswer: (answer: HttpAnswer) => void): (bytes: Buffer) => void {
  let expected: Expected = 'head';
  let rest = EMPTY;
  let status = 0;
  let head = '';
  let missing = 0;
  let pieces: Buffer[] = [];

  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (step());
  };

  /** Consumes one element of the answer; false when more bytes are needed. */
  function step(): boolean {
    switch (expected) {
      case 'head':
        return readHead();
      case 'chunk size':
        return readChunkSize();
      case 'body':
        return readBytes() && finish();
      case 'chunk':
        return readBytes() && expect('chunk size');
      case 'trailer':
        return readTrailer();
    }
  }

  function readHead(): boolean {
    const end = rest.indexOf(HEAD_END);
    if (end < 0) return false;
    head = rest.toString('latin1', 0, end);
    rest = rest.subarray(end + HEAD_END.length);
    status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      missing = Number(length);
      return missing === 0 ? finish() : expect('body');
    }
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) return expect('chunk size');
    if (status === 204 || status === 202 || status === 304) return finish();
    throw new Error(`an answer without a length: ${head}`);
  }

  function readChunkSize(): boolean {
    const start = pieces.length > 0 ? 2 : 0; // the line end of the chunk before
    const end = rest.indexOf('\r\n', start);
    if (end < 0) return false;
    missing = parseInt(rest.toString('latin1', start, end), 16);
    if (Number.isNaN(missing)) throw new Error('a chunk without a size');
    rest = rest.subarray(end + 2);
    return expect(missing === 0 ? 'trailer' : 'chunk');
  }

  function readBytes(): boolean {
    if (rest.length === 0) return false;
    const piece = rest.subarray(0, missing);
    pieces.push(piece);
    missing -= piece.length;
    rest = rest.subarray(piece.length);
    return missing === 0;
  }

  function readTrailer(): boolean {
    const end = rest.indexOf('\r\n');
    if (end < 0) return false;
    rest = rest.subarray(end + 2);
    return end > 0 || finish();
  }

  function finish(): boolean {
    const body = pieces.length === 1 ? (pieces[0] ?? EMPTY) : Buffer.concat(pieces);
    pieces = [];
    onAnswer({ status, head, body });
    return expect('head');
  }

  function expect(next: Expected): true {
    expected = next;
    return true;
  }
}
