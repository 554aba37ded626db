import type { IncomingMessage } from 'node:http';

/** What limits and the audit need to know of a message, in the words of its sender. */
export interface Heard {
  readonly method: string | undefined;
  /** Of a `tools/call`. */
  readonly tool: string | undefined;
  /** Whether it asks for an answer. */
  readonly isRequest: boolean;
}

/** Listens to a body on its way, without parsing or keeping it. */
export interface BodyListener {
  hear: (piece: Buffer) => void;
  /** As `hear`, for a body of which this is all. */
  hearAll: (body: Buffer) => void;
  /** What was said, as `JSON.parse` would understand it; undefined where it was no JSON object or list of them. */
  messages: () => readonly Heard[] | undefined;
  bytes: () => number;
}

/** More messages than any client has reason to put into one body. */
const MAX_HEARD = 1_000;

const MAX_TEXT = 1_024;
/** Up to this size parsing costs less than listening. */
const PARSED_BYTES = 4_096;
const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [123, 125, 91, 93];

interface Said {
  method: string | undefined;
  tool: string | undefined;
  /** Undefined as long as nothing is known of it. */
  hasId: boolean | undefined;
}

/** Listens to one body. */
export function bodyListener(): BodyListener {
  let parsed:
    { readonly messages: readonly Heard[] | undefined; readonly bytes: number } | undefined;
  let scanner: Scanner | undefined;
  const hear = (piece: Buffer): void => (scanner ??= bodyScanner()).hear(piece);
  return {
    hear,
    hearAll(body) {
      if (body.length > PARSED_BYTES) hear(body);
      else parsed = { messages: understood(body), bytes: body.length };
    },
    messages: () => (parsed === undefined ? scanner?.messages() : parsed.messages),
    bytes: () => parsed?.bytes ?? scanner?.bytes() ?? 0,
  };
}

/** What `JSON.parse` understands of a small body. */
function understood(body: Buffer): readonly Heard[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
  return messages.every(isRecord) ? messages.slice(0, MAX_HEARD).map(heardIn) : undefined;
}

function heardIn({ method, id, params }: Readonly<Record<string, unknown>>): Heard {
  const isRequest = typeof method === 'string' && id !== undefined && id !== null;
  const name = method === 'tools/call' && isRecord(params) ? params.name : undefined;
  return {
    method: typeof method === 'string' ? method : undefined,
    tool: typeof name === 'string' ? name : undefined,
    isRequest,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Scanner = Omit<BodyListener, 'hearAll'>;

/** Listens to a body without parsing it; linear, and strings are skipped, not read. */
// eslint-disable-next-line max-lines-per-function -- one state machine, whose parts share all of its state
function bodyScanner(): Scanner {
  const heard: Heard[] = [];
  let bytes = 0;
  let depth = 0;
  /** Depth of a message's members: 1, or 2 within a batch. */
  let level = 0;
  let broken = false;
  const string = stringReader();
  let message = fresh();
  let inParams = false;
  /** The member that is being read, of the message and of its params, and whether its name is over. */
  let member: string | undefined;
  let paramsMember: string | undefined;
  let isValue = false;

  function open(byte: number): void {
    if (depth === 0) {
      if (level !== 0) broken = true;
      level = byte === OPEN_OBJECT ? 1 : 2;
    }
    if (depth === level - 1 && byte === OPEN_OBJECT) message = fresh();
    else if (depth === level) value(true);
    if (depth === level && member === 'params') inParams = byte === OPEN_OBJECT;
    depth += 1;
    isValue = false;
    if (depth === level) member = undefined;
    if (depth === level + 1) paramsMember = undefined;
    if (level === 2 && depth === 2 && byte !== OPEN_OBJECT) broken = true;
  }

  function close(): void {
    if (depth === level && (level === 1 || depth === 2)) {
      const { method, tool, hasId } = message;
      if (heard.length < MAX_HEARD) heard.push({ method, tool: method === 'tools/call' ? tool : undefined, isRequest: hasId === true && method !== undefined }); // prettier-ignore
    }
    depth -= 1;
    if (depth < 0) broken = true;
    if (depth === level) inParams = false;
    isValue = true;
  }

  /** A value of the message goes on that is no string; how it began decides. */
  function value(isId: boolean): void {
    if (isValue && member === 'id') message.hasId ??= isId;
  }

  function named(name: string | undefined): void {
    if (depth === level) {
      member = name;
      if (name === 'id') message.hasId = undefined;
      if (name === 'method') message.method = undefined;
      if (name === 'params') message.tool = undefined;
    } else if (depth === level + 1 && inParams) {
      paramsMember = name;
      if (name === 'name') message.tool = undefined;
    }
  }

  function said(text: string | undefined): void {
    if (!isValue) named(text);
    else if (depth === level && member === 'method') message.method = text;
    else if (depth === level && member === 'id') message.hasId = true;
    else if (depth === level + 1 && inParams && paramsMember === 'name') message.tool = text;
  }

  function token(byte: number): void {
    if (byte === QUOTE) {
      const matters = depth === level || (depth === level + 1 && inParams);
      if (depth === 0) broken = true;
      string.begin(matters);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) open(byte);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) close();
    else if (byte === COLON) isValue = true;
    else if (byte === COMMA) isValue = false;
    else if (byte > 32) {
      if (depth === 0) broken = true;
      if (depth === level) value(byte !== 110); // the first letter of null
    }
  }

  return {
    hear(piece) {
      bytes += piece.length;
      for (let at = 0; at < piece.length && !broken; ) {
        if (!string.isOpen()) token(piece[at++] ?? 0);
        else {
          at = string.read(piece, at);
          if (!string.isOpen() && depth >= level && depth <= level + 1) said(string.text());
        }
      }
    },
    messages: () => (broken || depth !== 0 || string.isOpen() || level === 0 ? undefined : heard),
    bytes: () => bytes,
  }; // prettier-ignore
}

/** Whether the bytes of this body mean what they look like. */
export function isPlainJson({ headers }: IncomingMessage): boolean {
  const { 'content-encoding': encoding, 'content-type': type = '' } = headers;
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false;
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1];
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
}

/** Reads strings over the borders of pieces, and keeps what they say only where that is asked for. */
function stringReader() {
  let open = false;
  let kept: Buffer[] | undefined;
  let length = 0;
  let odd = false;

  function keep(part: Buffer): void {
    length += part.length;
    if (length > MAX_TEXT) kept = undefined;
    else kept?.push(Buffer.from(part));
  }

  return {
    isOpen: () => open,
    begin(matters: boolean): void {
      open = true;
      kept = matters ? [] : undefined;
      length = 0;
      odd = false;
    },
    /** Returns where the string ended, or the end of the piece. */
    read(piece: Buffer, from: number): number {
      let quote = piece.indexOf(QUOTE, from);
      while (quote !== -1 && isOdd(piece, from, quote, odd)) {
        quote = piece.indexOf(QUOTE, quote + 1);
      }
      const end = quote === -1 ? piece.length : quote;
      if (kept !== undefined) keep(piece.subarray(from, end));
      open = quote === -1;
      if (open) odd = isOdd(piece, from, end, odd);
      return open ? end : quote + 1;
    },
    text: () => kept && decoded(kept),
  };
}

function fresh(): Said {
  return { method: undefined, tool: undefined, hasId: undefined };
}

/** Whether the byte at `at` has an odd number of backslashes in front of it. */
function isOdd(piece: Buffer, from: number, at: number, odd: boolean): boolean {
  let before = at - 1;
  while (before >= from && piece[before] === BACKSLASH) before -= 1;
  const count = at - 1 - before;
  return (count % 2 === 1) !== (before < from && odd);
}

function decoded(text: readonly Buffer[]): string | undefined {
  try {
    return JSON.parse(`"${Buffer.concat(text).toString()}"`) as string; // a string in quotes
  } catch {
    return undefined;
  }
}
