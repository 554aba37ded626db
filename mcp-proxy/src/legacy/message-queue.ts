/** Messages that wait for a stream; the oldest go when there are too many. */
export interface MessageQueue {
  readonly push: (message: Waiting) => void;
  /** Removes and gives what waits, the oldest first; of one kind or all. */
  readonly take: (kind?: Waiting['kind']) => readonly Waiting[];
}

/** A question is a request of the child: it goes on only when somebody answers. */
export interface Waiting {
  readonly kind: 'question' | 'notification';
  readonly text: string | Buffer;
}

/** A queue that keeps at most so many messages and bytes. */
export function messageQueue(maxMessages: number, maxBytes: number): MessageQueue {
  let messages: Waiting[] = [];
  let bytes = 0;
  return {
    push: (message) => {
      messages.push(message);
      bytes += message.text.length;
      while (messages.length > maxMessages || bytes > maxBytes) {
        bytes -= messages.shift()?.text.length ?? 0;
      }
    },
    take: (kind) => {
      const taken = messages.filter((message) => kind === undefined || message.kind === kind);
      messages = messages.filter((message) => !taken.includes(message));
      for (const { text } of taken) bytes -= text.length;
      return taken;
    },
  };
}
