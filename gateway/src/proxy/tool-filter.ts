import {
  eachMember,
  elementSpans,
  replaceSpans,
  type Span,
} from '@mcp-gateway/core/domain/json/spans';
import { isDeeper } from '@mcp-gateway/core/domain/json/depth';
import type { ToolPolicy } from '@mcp-gateway/core/domain/tool-rules';
import type { AnswerFilter, AnswerHeaders } from '@mcp-gateway/core/ports/relay';

const NOTHING = Buffer.alloc(0);
const MAX_DEPTH = 1_000;
const [LINE_FEED, RETURN] = [10, 13];

/** Answer headers that are about exactly the bytes that the server has sent. */
export const ABOUT_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'content-digest',
  'digest',
  'repr-digest',
  'etag',
  'accept-ranges',
]);

/** Request headers that ask for something into which nobody could look. */
export const ABOUT_FORM: ReadonlySet<string> = new Set(['accept-encoding', 'range', 'if-range']);

/**
 * Leaves out of an answer the tools that the policy forbids; everything else keeps its bytes. Of what is larger than
 * `maxBytes` at a time nothing goes on: it throws.
 */
export function toolFilter(
  policy: ToolPolicy,
  headers: AnswerHeaders,
  maxBytes: number,
): AnswerFilter | 'unreadable' {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return 'unreadable';
  const isStream = /^\s*text\/event-stream/i.test(String(headers['content-type'] ?? ''));
  return isStream ? eventFilter(policy, maxBytes) : wholeFilter(policy, maxBytes);
}

function wholeFilter(policy: ToolPolicy, maxBytes: number): AnswerFilter {
  const held = holder(maxBytes);
  return {
    pass(chunk) {
      held.add(chunk);
      return NOTHING;
    },
    end() {
      const bytes = held.take();
      const filtered = filterText(bytes.toString().replace(/^\ufeff/, ''), policy);
      return filtered === undefined ? bytes : Buffer.from(filtered);
    },
  };
}

/** Event by event; a list that is only half there when the stream ends does not go on: for clients it is no event. */
function eventFilter(policy: ToolPolicy, maxBytes: number): AnswerFilter {
  const held = holder(maxBytes);
  let emptyLine = true;
  let afterReturn = false;

  /** The places behind each blank line of the piece. */
  function boundaries(piece: Buffer): readonly number[] {
    const found: number[] = [];
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === LINE_FEED && afterReturn) {
        afterReturn = false;
        if (found.at(-1) === at) found[found.length - 1] = at + 1;
        continue;
      }
      afterReturn = byte === RETURN;
      if (byte !== LINE_FEED && byte !== RETURN) {
        emptyLine = false;
        const next = nextBreak(piece, at);
        at = next - 1;
      } else if (emptyLine) found.push(at + 1);
      else emptyLine = true;
    }
    return found;
  }

  return {
    pass(chunk) {
      const passing: Buffer[] = [];
      let from = 0;
      for (const at of boundaries(chunk)) {
        held.add(chunk.subarray(from, at));
        from = at;
        passing.push(filterEvent(held.take(), policy));
      }
      held.add(chunk.subarray(from));
      return passing.length === 1 ? (passing[0] ?? NOTHING) : Buffer.concat(passing);
    },
    end() {
      const rest = held.take();
      return mayListTools(rest.toString()) ? NOTHING : rest;
    },
  };
}

function nextBreak(piece: Buffer, from: number): number {
  const feed = piece.indexOf(LINE_FEED, from);
  const end = feed === -1 ? piece.length : feed;
  const back = piece.subarray(from, end).indexOf(RETURN);
  return back === -1 ? end : from + back;
}

function filterEvent(bytes: Buffer, policy: ToolPolicy): Buffer {
  const text = bytes.toString();
  if (!mayListTools(text)) return bytes;
  // A byte order mark may stand before the first line, and is no part of it.
  const lines = text.replace(/^\ufeff/, '').split(/(\r\n|\r|\n)/);
  const isData = (line: string): boolean => line === 'data' || line.startsWith('data:');
  const data = lines.filter(isData).map((line) => line.slice(5).replace(/^ /, ''));
  const filtered = filterText(data.join('\n'), policy);
  if (filtered === undefined) return bytes;
  const first = lines.findIndex(isData);
  const kept = lines.map((line, at) => {
    if (at === first) return filtered.split('\n').map((part) => `data: ${part}`).join('\n'); // prettier-ignore
    return at % 2 === 0 && isData(line) ? undefined : line;
  });
  // The break behind a line that is left out goes with it.
  return Buffer.from(kept.filter((line, at) => line !== undefined && (at % 2 === 0 || kept[at - 1] !== undefined)).join('')); // prettier-ignore
}

/** Without parsing: the word itself, or an escape that could be a letter of it. */
function mayListTools(text: string): boolean {
  return text.includes('tools') || text.includes('\\u');
}

/** The JSON text without the forbidden tools; undefined where it stays as it is. Throws for what is nested too deep. */
export function filterText(json: string, policy: ToolPolicy): string | undefined {
  if (!mayListTools(json) || !isJson(json)) return undefined;
  if (isDeeper(Buffer.from(json), MAX_DEPTH)) throw new Error('answer is nested too deep');
  const start = /\S/.exec(json)?.index ?? 0;
  const messages = json[start] === '[' ? elementSpans(json, start) : [{ start, end: json.length }];
  const edits: { readonly span: Span; readonly by: string }[] = [];
  for (const message of messages) {
    eachMember(json, message.start, (key, result) => {
      if (key === 'result') edits.push(...editsOf(json, result, policy));
    });
  }
  return edits.length === 0 ? undefined : replaceSpans(json, edits);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A list that is not the same for everybody must not be kept for everybody (MCP 2026-07-28, caching). */
function editsOf(json: string, result: Span, policy: ToolPolicy) {
  const edits: { readonly span: Span; readonly by: string }[] = [];
  const scopes: Span[] = [];
  eachMember(json, result.start, (key, value) => {
    if (key === 'cacheScope') scopes.push(value);
    if (key !== 'tools' || json[value.start] !== '[') return;
    const tools = elementSpans(json, value.start);
    const kept = tools.filter((tool) => isAllowed(json, tool, policy));
    if (kept.length === tools.length) return;
    edits.push({ span: value, by: `[${kept.map(({ start, end }) => json.slice(start, end)).join(',')}]` }); // prettier-ignore
  });
  if (edits.length > 0) edits.push(...scopes.map((span) => ({ span, by: '"private"' })));
  return edits;
}

function isAllowed(json: string, tool: Span, policy: ToolPolicy): boolean {
  const names: unknown[] = [];
  eachMember(json, tool.start, (key, { start, end }) => {
    if (key === 'name') names.push(JSON.parse(json.slice(start, end)));
  });
  return names.length > 0 && names.every((name) => typeof name === 'string' && policy(name));
}

/** Keeps pieces until they are whole; throws beyond `maxBytes`. */
function holder(maxBytes: number) {
  let pieces: Buffer[] = [];
  let bytes = 0;
  return {
    add(piece: Buffer): void {
      bytes += piece.length;
      if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes to look into at once`);
      if (piece.length > 0) pieces.push(piece);
    },
    take(): Buffer {
      const whole = pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces);
      pieces = [];
      bytes = 0;
      return whole;
    },
  };
}
