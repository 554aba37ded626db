import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import type { Span } from '@mcp-gateway/core/domain/json/spans';
import { type Message, messageOf, parseJson } from './message.ts';
import { oneLine } from './one-line.ts';

/** A line of a child: what is needed to route it, and what is sent on. */
export interface ChildLine {
  readonly message: Message;
  /** As the child wrote it; text where it is short. */
  readonly text: string | Buffer;
  /** Where in `text` the id stands, where that was found without parsing. */
  readonly idSpan?: Span;
}

const SMALL = 4096;
const WINDOW = 256;

/** Reads a line of a child, long ones without parsing them; `undefined` where it is no JSON-RPC message. */
export function readChildLine(raw: Buffer): ChildLine | undefined {
  const line = oneLine(raw);
  const scanned = line.length > SMALL ? scanResult(line) : undefined;
  if (scanned) return scanned;
  const message = messageOf(parseJson(line));
  if (typeof message === 'string') return undefined;
  return { message, text: line.length > SMALL ? line : line.toString() };
}

/** The whole message, also where only its id has been looked for. */
export function wholeMessage({ message, text, idSpan }: ChildLine): Message {
  if (idSpan === undefined || typeof text === 'string') return message;
  const whole = messageOf(parseJson(text));
  return typeof whole === 'string' ? message : whole;
}

const ID = String.raw`(-?\d{1,15}|"[ !#-\[\]-~]{0,128}")`;
const VERSION = String.raw`"jsonrpc"\s*:\s*"2\.0"`;
/** The id stands before the result. */
const HEAD = new RegExp(
  String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?"id"\s*:\s*${ID}\s*,\s*(?:${VERSION}\s*,\s*)?"result"\s*:`,
  'd',
);
/** The result comes first, so whatever the last brace ends is the message itself, and the members before it are its own. */
const RESULT_FIRST = new RegExp(String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?"result"\s*:`);
const TAIL = new RegExp(
  String.raw`,\s*(?:${VERSION}\s*,\s*)?"id"\s*:\s*${ID}\s*(?:,\s*${VERSION}\s*)?\}\s*$`,
  'd',
);

/** Finds the id of a long result at its head or its tail: parsing costs five times as much as all the rest. */
function scanResult(line: Buffer): ChildLine | undefined {
  const head = line.toString('latin1', 0, WINDOW);
  const inHead = HEAD.exec(head);
  if (inHead) return result(line, inHead, 0);
  if (!RESULT_FIRST.test(head)) return undefined;
  const from = line.length - WINDOW;
  const inTail = TAIL.exec(line.toString('latin1', from));
  return inTail ? result(line, inTail, from) : undefined;
}

function result(line: Buffer, match: RegExpExecArray, offset: number): ChildLine | undefined {
  const span = match.indices?.[1];
  const literal = match[1];
  if (span === undefined || literal === undefined) return undefined;
  // The pattern lets only a number or a plain string through.
  const id = JSON.parse(literal) as JsonRpcId;
  return {
    message: { id, method: undefined, params: undefined, result: {}, error: undefined },
    text: line,
    idSpan: { start: offset + span[0], end: offset + span[1] },
  };
}
