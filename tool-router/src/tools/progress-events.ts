import { createParser } from 'eventsource-parser';
import type { ToolAnswer } from './tool-result.ts';

/** How far a call has come (MCP, progress). */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/**
 * Reads the event stream by which a tool may answer: any number of `progress` events, then one `result` event with what
 * else would be the body. `undefined` when the stream ends without a result.
 */
export async function readEvents(
  chunks: AsyncIterable<Uint8Array>,
  hasStructure: boolean,
  onProgress: (progress: Progress) => void,
): Promise<ToolAnswer | undefined> {
  let result: string | undefined;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'progress') {
        const progress = progressIn(data);
        if (progress) onProgress(progress);
      } else if (event === 'result') result ??= data;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (result === undefined) continue;
    const type = hasStructure ? 'application/json' : 'text/plain';
    return { status: 200, type, body: new TextEncoder().encode(result) };
  }
  return undefined;
}

/** What is no progress is passed over: it changes nothing about the result. */
function progressIn(data: string): Progress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { progress, total, message } = value as Record<string, unknown>;
  if (typeof progress !== 'number') return undefined;
  return {
    progress,
    ...(typeof total === 'number' && { total }),
    ...(typeof message === 'string' && { message }),
  };
}
