import type { ServerResponse } from 'node:http';
import { beginEvents, sendEvent, sendHeartbeat } from '../http/event-stream.ts';
import type { Outflow } from '../http/outflow.ts';
import { messageQueue, type Waiting } from './message-queue.ts';

/** The stream of what belongs to no call. While no client listens, messages wait for the next that does. */
export interface GetStream {
  /** False, and nothing done, while another is open. */
  readonly open: (response: ServerResponse, headers: Readonly<Record<string, string>>) => boolean;
  readonly isOpen: () => boolean;
  readonly send: (message: Waiting) => void;
  /** The child's questions that wait for a stream; another may take them. */
  readonly takeQuestions: () => readonly Waiting[];
  readonly tick: (ticksPerBeat: number) => void;
  readonly end: () => void;
}

const MAX_WAITING = 100;
const MAX_WAITING_BYTES = 1024 * 1024;

/** A stream that is not open yet. */
export function createGetStream(outflow: Outflow): GetStream {
  const queue = messageQueue(MAX_WAITING, MAX_WAITING_BYTES);
  let stream: ServerResponse | undefined;
  let quiet = 0;

  const send = (message: Waiting): void => {
    if (stream === undefined) {
      queue.push(message);
      return;
    }
    quiet = 0;
    sendEvent(stream, message.text);
    outflow.wrote(stream);
  };

  return {
    open: (response, headers) => {
      if (stream) return false;
      stream = response;
      response.on('close', () => {
        if (stream === response) stream = undefined;
      });
      beginEvents(response, headers);
      response.flushHeaders();
      for (const message of queue.take()) send(message);
      return true;
    },
    isOpen: () => stream !== undefined,
    send,
    takeQuestions: () => queue.take('question'),
    tick: (ticksPerBeat) => {
      quiet += 1;
      if (stream === undefined || quiet < ticksPerBeat) return;
      quiet = 0;
      sendHeartbeat(stream);
    },
    end: () => {
      stream?.end();
      stream = undefined;
    },
  };
}
