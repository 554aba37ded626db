import { HOP_BY_HOP, namedInConnection, OWN_OF_REQUEST } from '@mcp-gateway/core/domain/hop-by-hop';
import { GATEWAY_SECRET_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { AnswerHeaders } from '@mcp-gateway/core/ports/relay';

const NOT_FOR_SERVER: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...OWN_OF_REQUEST, 'cookie', GATEWAY_SECRET_HEADER]); // prettier-ignore
const NOT_FOR_CLIENT: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'set-cookie']);

/** Makes the headers of a request for the remote server, names and values in turn. */
export type RequestHeaders = (
  rawHeaders: readonly string[],
  connection: string | undefined,
) => string[];

/** Passes what a client sends but credentials meant for others; configured headers win over the client's. */
export function requestHeaders(
  configured: Readonly<Record<string, string>>,
  forwardAuthorization: boolean,
): RequestHeaders {
  const dropped = new Set(NOT_FOR_SERVER);
  for (const name of Object.keys(configured)) dropped.add(name.toLowerCase());
  if (!forwardAuthorization) dropped.add('authorization');
  const added = Object.entries(configured).flat();
  return (rawHeaders, connection) => {
    const named = namedInConnection(connection);
    const kept = [...added];
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? '';
      const comparable = name.toLowerCase();
      if (dropped.has(comparable) || named.has(comparable)) continue;
      kept.push(name, rawHeaders[at + 1] ?? '');
    }
    return kept;
  };
}

/** The headers of the remote server's answer for the client, names and values in turn. */
export function answerHeaders(status: number, headers: AnswerHeaders): string[] {
  const named = namedInConnection(headers.connection);
  const kept: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || NOT_FOR_CLIENT.has(name) || named.has(name)) continue;
    // A 204 has no body to count (RFC 9110 section 8.6).
    if (status === 204 && name === 'content-length') continue;
    if (typeof value === 'string') kept.push(name, value);
    else for (const each of value) kept.push(name, each);
  }
  return kept;
}
