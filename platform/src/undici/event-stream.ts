import type { ServerResponse } from 'node:http';
import type { AnswerHeaders } from '@mcp-gateway/core/ports/relay';

const LINE_FEED = 10;
/** A comment line without the blank line that would dispatch an event which is only half there. */
const HEARTBEAT = ':\n';

/** Keeps an event stream alive between the lines of the server. */
export interface EventStream {
  /** Must be told of each chunk that went to the client. */
  passed: (chunk: Buffer) => void;
  beat: (now: number) => void;
  /** Whether the client has whole lines only. */
  betweenLines: () => boolean;
  /** Whether the client has whole events only. */
  betweenEvents: () => boolean;
  /** Whether the server gives its events ids, by which a client can have the rest. */
  resumable: () => boolean;
}

/** True for an answer into which comments may be put. */
export function isEventStream(status: number, headers: AnswerHeaders): boolean {
  const type = headers['content-type'];
  return (
    status === 200 &&
    typeof type === 'string' &&
    /^text\/event-stream\b/i.test(type) &&
    headers['content-encoding'] === undefined &&
    headers['content-length'] === undefined
  );
}

/** Writes a comment whenever the stream was silent for `heartbeatMilliseconds` and no line is open. */
export function eventStream(response: ServerResponse, heartbeatMilliseconds: number): EventStream {
  let last = performance.now();
  let betweenLines = true;
  let resumable = false;
  let tail = '';
  return {
    passed(chunk) {
      last = performance.now();
      betweenLines = chunk[chunk.length - 1] === LINE_FEED;
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 4))).slice(-4);
      resumable ||= chunk.includes('\nid:') || chunk.indexOf('id:') === 0;
    },
    beat(at) {
      if (at - last < heartbeatMilliseconds || !betweenLines || response.writableNeedDrain) return;
      last = at;
      response.write(HEARTBEAT);
    },
    betweenLines: () => betweenLines,
    betweenEvents: () => tail === '' || tail.endsWith('\n\n') || tail === '\r\n\r\n',
    resumable: () => resumable,
  };
}
