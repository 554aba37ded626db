/** Headers that belong to one connection and are never forwarded (RFC 9110 section 7.6.1), lower case. */
export const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

/** Further headers of a request that a proxy makes itself: `Host`, the body's framing, and what it has answered. */
export const OWN_OF_REQUEST: readonly string[] = ['host', 'content-length', 'expect'];

const NONE: ReadonlySet<string> = new Set();

/** The header names that a `Connection` header declares to belong to this connection alone, lower case. */
export function namedInConnection(value: string | string[] | undefined): ReadonlySet<string> {
  if (value === undefined || value === 'keep-alive' || value === 'close') return NONE;
  const text = typeof value === 'string' ? value : value.join(',');
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()));
}
