/** Which MCP endpoint a request target names. */
export interface Target {
  /** As written in the path; undefined for `/mcp`, the endpoint of the gateway itself. */
  readonly adapter: string | undefined;
  /** A tool that is called by its name; only on the internal port. */
  readonly tool?: string;
  /** What follows the path at the server: empty, or `?` and the query without `session_id`. */
  readonly query: string;
  /** From the query, for clients that cannot set headers. */
  readonly sessionId: string | undefined;
}

const MCP_PATH = /^(?:\/adapters\/([^/?#]+))?\/mcp\/?(?:\?(.*))?$/;

const TOOL_CALL = /^\/tools\/([^/?#]+)\/call$/;

/** The adapter's endpoint, or the call of a tool, that `url` names on the internal port. */
export function internalTargetOf(url: string): Target | undefined {
  const tool = TOOL_CALL.exec(url)?.[1];
  if (tool !== undefined) return { adapter: undefined, tool, query: '', sessionId: undefined };
  const target = targetOf(url);
  return target?.adapter === undefined ? undefined : target;
}

/** The endpoint that `url` names, or undefined for other targets. */
export function targetOf(url: string): Target | undefined {
  const match = MCP_PATH.exec(url);
  if (match === null) return undefined;
  const [, adapter, query] = match;
  if (query === undefined) return { adapter, query: '', sessionId: undefined };
  if (!query.includes('session_id')) return { adapter, query: `?${query}`, sessionId: undefined };
  const pairs = query.split('&');
  const kept = pairs.filter((pair) => !isSessionId(pair));
  const given = pairs.find(isSessionId)?.slice('session_id='.length);
  return {
    adapter,
    query: kept.length > 0 ? `?${kept.join('&')}` : '',
    sessionId: given === '' ? undefined : given,
  };
}

// Sealed ids need no percent-encoding, so one that has it is none of ours and will not open.
function isSessionId(pair: string): boolean {
  return pair.startsWith('session_id=');
}
