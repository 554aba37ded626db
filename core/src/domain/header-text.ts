const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text that a mirrored header stands for, decoded where it is wrapped; `undefined` where that is malformed. */
export function headerText(value: string): string | undefined {
  const text = value.replace(/^[ \t]+|[ \t]+$/g, '');
  if (!text.startsWith(PREFIX) || !text.endsWith(SUFFIX)) return text;
  const encoded = text.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(encoded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(encoded, 'base64'),
    );
  } catch {
    return undefined;
  }
}
