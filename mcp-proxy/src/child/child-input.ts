import type { Writable } from 'node:stream';

/** A child's input, one message a line. */
export interface ChildInput {
  readonly send: (text: string | Buffer) => void;
  readonly blocked: () => boolean;
  readonly whenDrained: (callback: () => void) => void;
  /** Sends what is gathered and ends the input. */
  readonly end: () => void;
  /** Nobody is there to take it any more. */
  readonly release: () => void;
}

const LARGE = 16 * 1024;

/** Gathers the messages of one turn of the event loop into one write: a system call costs more than a message. */
export function childInput(stdin: Writable): ChildInput {
  let gathered = '';
  let scheduled = false;
  let waiting: (() => void)[] = [];

  const flush = (): void => {
    scheduled = false;
    if (gathered === '' || gone()) return;
    const text = gathered;
    gathered = '';
    stdin.write(text);
  };
  const release = (): void => {
    const callbacks = waiting;
    waiting = [];
    for (const callback of callbacks) callback();
  };
  const gone = (): boolean => stdin.destroyed || stdin.writableEnded;

  // A child that closes its input or dies is seen by its exit; here it must only not be an unhandled error.
  stdin.on('error', () => undefined);
  stdin.on('drain', release);
  stdin.on('close', release);

  return {
    send: (text) => {
      if (gone()) return;
      if (typeof text === 'string' && text.length < LARGE) {
        gathered += `${text}\n`;
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
        return;
      }
      flush();
      stdin.cork();
      stdin.write(text);
      stdin.write('\n');
      stdin.uncork();
    },
    blocked: () => stdin.writableNeedDrain && !gone(),
    whenDrained: (callback) => {
      if (stdin.writableNeedDrain && !gone()) waiting.push(callback);
      else callback();
    },
    end: () => {
      flush();
      stdin.end();
    },
    release,
  };
}
