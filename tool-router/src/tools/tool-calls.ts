import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { ERROR_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Caller } from '../caller.ts';
import type { GatewayLink } from '../gateway-link.ts';
import { limitedTo, TooLarge } from './byte-limit.ts';
import { deadline, type Deadline, type Patience } from './deadline.ts';
import { readEvents, type Progress } from './progress-events.ts';
import type { Schemas } from './schemas.ts';
import type { ToolEntry } from './tool-entry.ts';
import { failure, toolResult, type ToolAnswer } from './tool-result.ts';

/** One call of a registered tool. */
interface ToolCall {
  readonly tool: ToolEntry;
  readonly args: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Aborted when the client does not want the result any more. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** The gateway knows better already: there is no such tool any more, or not for this caller. */
export class NoSuchTool extends Error {
  override readonly name = 'NoSuchTool';
}

/** The gateway could not have the tool called; the message is written for the caller. */
class NotCalled extends Error {
  override readonly name = 'NotCalled';
}

/** Calls a registered tool by way of the gateway; whatever goes wrong but `NoSuchTool` is a result that says so. */
export type CallTool = (call: ToolCall) => Promise<CallToolResult>;

export interface ToolCallOptions {
  readonly gateway: GatewayLink;
  readonly schemas: Schemas;
  readonly patience: Patience;
  readonly maxResultBytes: number;
}

const ACCEPT = 'application/json, text/event-stream;q=0.9, */*;q=0.8';

/** Tools are called with their arguments as the body of a POST (see docs/tools.md). */
export function toolCalls(options: ToolCallOptions): CallTool {
  return async (call) => {
    const { tool, args } = call;
    const complaint = options.schemas.complaint(tool.inputSchema, args);
    if (complaint !== undefined) return failure(`The arguments are not valid: ${complaint}`);
    const clock = deadline(options.patience, call.signal);
    try {
      const answer = await post(options, call, clock);
      return answer === undefined
        ? failure('The tool ended its answer without a result.')
        : toolResult(tool, answer, options.schemas);
    } catch (error) {
      if (error instanceof NoSuchTool) throw error;
      return failure(reason(error, clock, options));
    } finally {
      clock.dispose();
    }
  };
}

async function post(
  { gateway, maxResultBytes }: ToolCallOptions,
  { tool, args, caller, onProgress }: ToolCall,
  clock: Deadline,
): Promise<ToolAnswer | undefined> {
  const { statusCode, headers, body } = await request(gateway.toolUrl(tool.name), {
    method: 'POST',
    dispatcher: gateway.dispatcher,
    headers: {
      ...gateway.headersFor(caller),
      'content-type': 'application/json',
      accept: ACCEPT,
    },
    body: JSON.stringify(args),
    signal: clock.signal,
  });
  const chunks = limitedTo(maxResultBytes, body as AsyncIterable<Uint8Array>); // undici gives bytes
  const type = mediaType(headers);
  if (statusCode === 200 && type === 'text/event-stream') {
    return readEvents(chunks, tool.outputSchema !== undefined, (progress) => {
      clock.progress();
      onProgress(progress);
    });
  }
  const whole: Uint8Array[] = [];
  for await (const chunk of chunks) whole.push(chunk);
  const encoding = packing(headers);
  const answer = { status: statusCode, type, encoding, body: Buffer.concat(whole) };
  const code = headers[ERROR_HEADER];
  if (typeof code === 'string') throw notCalled(code, answer);
  return answer;
}

const NOT_FOR_THE_CALLER: ReadonlySet<string> = new Set(['not_found', 'forbidden', 'insufficient_scope']); // prettier-ignore
const Refusal = z.object({ error: z.object({ message: z.string() }) });

/** What the gateway itself has answered; no tool can answer so. */
function notCalled(code: string, { status, body }: ToolAnswer): Error {
  if (NOT_FOR_THE_CALLER.has(code)) return new NoSuchTool();
  const parsed = Refusal.safeParse(JSON.parse(Buffer.from(body).toString()));
  return new NotCalled(parsed.data?.error.message ?? `The gateway answered ${status}.`);
}

type Headers = Dispatcher.ResponseData['headers'];

const mediaType = (headers: Headers): string => first(headers['content-type']).split(';')[0]?.trim() ?? ''; // prettier-ignore

function packing(headers: Headers): string | undefined {
  const encoding = first(headers['content-encoding']);
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}

const first = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).trim().toLowerCase();

function reason(
  error: unknown,
  clock: Deadline,
  { patience, maxResultBytes }: ToolCallOptions,
): string {
  if (error instanceof TooLarge) {
    return `The tool answered with more than ${maxResultBytes} bytes, which is too much.`;
  }
  if (error instanceof NotCalled) return `The tool cannot be used: ${error.message}`;
  const expired = clock.expired();
  if (expired !== undefined) {
    const seconds = Math.round(patience[expired] / 1000);
    return expired === 'totalMs'
      ? `The tool had not ended after ${seconds} s.`
      : `The tool did not answer within ${seconds} s.`;
  }
  if (clock.signal.aborted) return 'The call was cancelled.';
  const { code } = error as { code?: unknown };
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'UND_ERR_CONNECT_TIMEOUT'
    ? 'The tool cannot be reached at the moment.'
    : 'The connection to the tool broke before its answer was complete.';
}
