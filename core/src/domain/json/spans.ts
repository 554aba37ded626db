/** A part of a text, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Where the value stands that `path` leads to, in a text that is known to be JSON. Of members with the same name the last
 * counts, as it does for `JSON.parse`.
 */
export function memberSpan(json: string, path: readonly string[]): Span | undefined {
  let span: Span | undefined = { start: skipSpace(json, 0), end: json.length };
  for (const name of path) {
    if (span === undefined || json[span.start] !== '{') return undefined;
    span = lastMember(json, span.start, name);
  }
  return span;
}

/** The text with each span replaced; spans do not overlap. */
export function replaceSpans(
  json: string,
  replacements: readonly { readonly span: Span | undefined; readonly by: string }[],
): string {
  const ordered = replacements
    .flatMap(({ span, by }) => (span ? [{ span, by }] : []))
    .sort((a, b) => a.span.start - b.span.start);
  let text = '';
  let from = 0;
  for (const { span, by } of ordered) {
    text += json.slice(from, span.start) + by;
    from = span.end;
  }
  return text + json.slice(from);
}

function lastMember(json: string, object: number, name: string): Span | undefined {
  let found: Span | undefined;
  eachMember(json, object, (key, value) => {
    if (key === name) found = value;
  });
  return found;
}

/** Shows each member of the object that starts at `object`, also those of the same name; none where there is no object. */
export function eachMember(
  json: string,
  object: number,
  show: (key: string, value: Span) => void,
): void {
  if (json[object] !== '{') return;
  let at = skipSpace(json, object + 1);
  while (json[at] === '"') {
    const keyEnd = stringEnd(json, at);
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = valueEnd(json, start);
    show(decoded(json.slice(at, keyEnd)), { start, end });
    const separator = skipSpace(json, end);
    if (json[separator] !== ',') break;
    at = skipSpace(json, separator + 1);
  }
}

/** Where the elements of the array stand that starts at `array`; none where there is no array. */
export function elementSpans(json: string, array: number): readonly Span[] {
  const found: Span[] = [];
  if (json[array] !== '[') return found;
  let start = skipSpace(json, array + 1);
  while (start < json.length && json[start] !== ']') {
    const end = valueEnd(json, start);
    found.push({ start, end });
    const separator = skipSpace(json, end);
    if (json[separator] !== ',') break;
    start = skipSpace(json, separator + 1);
  }
  return found;
}

function decoded(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

/** The end of the value that starts at `start`. */
function valueEnd(json: string, start: number): number {
  const first = json[start];
  if (first === '"') return stringEnd(json, start);
  if (first === '{' || first === '[') return containerEnd(json, start);
  let at = start;
  while (at < json.length && !',]} \t\r\n'.includes(json.charAt(at))) at += 1;
  return at;
}

function containerEnd(json: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(json, at);
      continue;
    }

    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    at += 1;
  } while (depth > 0 && at < json.length);
  return at;
}

/** After the closing quote of the string that starts at `start`. */
function stringEnd(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && escaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end + 1;
}

function escaped(json: string, quote: number): boolean {
  let at = quote - 1;
  while (json.charCodeAt(at) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 0;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (at < json.length && ' \t\r\n'.includes(json.charAt(at))) at += 1;
  return at;
}
