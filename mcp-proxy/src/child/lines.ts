const NEWLINE = 10;
const RETURN = 13;

/** Takes chunks as they come from a pipe. */
export interface LineFramer {
  readonly push: (chunk: Buffer) => void;
  /** The stream has ended: what it left without an end is no line. */
  readonly end: () => void;
}

export interface LineHandlers {
  /** One line without its end; never empty. */
  readonly line: (line: Buffer) => void;
  /** The beginning of a line that is longer than allowed; its rest is dropped. */
  readonly overflow: (beginning: Buffer) => void;
  /** What the stream ended with, without the end of a line; never empty. */
  readonly unfinished: (rest: Buffer) => void;
}

/** Some runtimes begin their output with it. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Cuts a stream of bytes into lines; the work is linear in the bytes, however they are cut. */
export function lineFramer(maxBytes: number, handlers: LineHandlers): LineFramer {
  let pieces: Buffer[] = [];
  let held = 0;
  let dropping = false;

  const hold = (piece: Buffer): void => {
    if (dropping || piece.length === 0) return;
    pieces.push(piece);
    held += piece.length;
    if (held <= maxBytes) return;
    dropping = true;
    handlers.overflow(Buffer.concat(pieces).subarray(0, maxBytes));
    pieces = [];
    held = 0;
  };

  const finish = (piece: Buffer): void => {
    hold(piece);
    const [first] = pieces;
    const line = pieces.length === 1 && first ? first : Buffer.concat(pieces, held);
    const complete = !dropping;
    pieces = [];
    held = 0;
    dropping = false;
    if (complete) emit(line);
  };

  const emit = (line: Buffer): void => {
    const end = line.at(-1) === RETURN ? line.length - 1 : line.length;
    const start = startOf(line);
    if (start < end) handlers.line(end - start === line.length ? line : line.subarray(start, end));
  };

  return {
    push: (chunk) => {
      let start = 0;
      let end = chunk.indexOf(NEWLINE);
      while (end !== -1) {
        if (held === 0 && !dropping && end - start <= maxBytes) emit(chunk.subarray(start, end));
        else finish(chunk.subarray(start, end));
        start = end + 1;
        end = chunk.indexOf(NEWLINE, start);
      }
      hold(start === 0 ? chunk : chunk.subarray(start));
    },
    end: () => {
      const rest = Buffer.concat(pieces, held);
      pieces = [];
      held = 0;
      const start = startOf(rest);
      if (start < rest.length) handlers.unfinished(rest.subarray(start));
    },
  };
}

function startOf(line: Buffer): number {
  if (line[0] !== BYTE_ORDER_MARK[0]) return 0;
  const { length } = BYTE_ORDER_MARK;
  return line.subarray(0, length).equals(BYTE_ORDER_MARK) ? length : 0;
}
