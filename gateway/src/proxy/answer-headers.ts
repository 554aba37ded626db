import { HOP_BY_HOP, namedInConnection } from '@mcp-gateway/core/domain/hop-by-hop';
import { ERROR_HEADER, REQUEST_ID_HEADER, SESSION_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { AnswerHeaders } from '@mcp-gateway/core/ports/relay';
import { ABOUT_BYTES } from './tool-filter.ts';

const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  ERROR_HEADER,
  REQUEST_ID_HEADER,
  SESSION_HEADER,
]);

/** What an answer depends on besides itself. */
interface Asked {
  readonly requestId: string;
  /** Whether a web page asks; what it may read is the gateway's to say, and it has said so already. */
  readonly byPage: boolean;
  /** Whether the body may go on changed. */
  readonly changed?: boolean;
}

/** Headers of a server's answer as the client may see them, names and values in turn, and its request id. */
export function answerHeaders(
  status: number,
  headers: AnswerHeaders,
  { requestId, byPage, changed = false }: Asked,
): string[] {
  const named = namedInConnection(headers.connection);
  const kept = ['X-Request-Id', requestId];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || DROPPED.has(name) || named.has(name)) continue;
    if (changed && ABOUT_BYTES.has(name)) continue;
    if (byPage && name.startsWith('access-control-')) continue;
    // A 204 has no body to count (RFC 9110 section 8.6).
    if (status === 204 && name === 'content-length') continue;
    if (typeof value === 'string') kept.push(name, value);
    else for (const each of value) kept.push(name, each);
  }
  return kept;
}
