/**
 * The store's versions travel without quotes (RFC 9110 section 8.8.3); Cosmos DB's carry them, a local server's do
 * not, and each wants its own back. A tilde marks those that had none.
 */
export function toEtag(raw: string): string {
  return raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : `~${raw}`;
}

/** What the server called this version. Nothing stored is called like a text that could not stand in a header. */
export function fromEtag(etag: string): string {
  if (!/^[\x21\x23-\x7e]+$/.test(etag)) return '"none"';
  return etag.startsWith('~') ? etag.slice(1) : `"${etag}"`;
}
