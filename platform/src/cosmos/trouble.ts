import { GatewayError } from '@mcp-gateway/core/domain/errors';

/** What a failed request to Cosmos DB means for whoever sent it; it holds nothing of the documents. */
export interface Trouble {
  readonly kind:
    | 'taken' // an item of this id exists
    | 'stale' // the version named is not the stored one
    | 'missing' // no such item
    | 'too_large'
    | 'not_done' // surely not applied; may pass
    | 'uncertain' // perhaps applied; may pass
    | 'refused' // will not pass: rights, a missing container
    | 'bug';
  readonly status?: number;
  readonly substatus?: number;
  readonly code?: string;
  readonly activityId?: string;
  /** The wait that the server asks for. */
  readonly retryAfterMs?: number;
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

// learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb
const KINDS: Readonly<Record<string, Trouble['kind']>> = {
  '401': 'refused',
  '403': 'refused',
  '403/3': 'not_done', // the account's write region is just moving
  '404': 'missing',
  '404/1002': 'not_done', // this server is behind the session
  '404/1003': 'refused', // the container itself is missing
  '408': 'uncertain',
  '409': 'taken',
  '410': 'not_done',
  '412': 'stale',
  '413': 'too_large',
  '429': 'not_done',
  '449': 'not_done',
};

/** Reads what the client library threw. */
export function troubleOf(error: unknown): Trouble {
  const fields = error as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly substatus?: unknown;
    readonly activityId?: unknown;
    readonly retryAfterInMs?: unknown;
  }; // every value that is thrown here is an object
  const status = typeof fields.code === 'number' ? fields.code : undefined;
  const substatus = typeof fields.substatus === 'number' ? fields.substatus : undefined;
  const code = typeof fields.code === 'string' ? fields.code : fields.name;
  const { activityId, retryAfterInMs } = fields;
  return {
    kind: kindOf(error, status, substatus),
    ...(status !== undefined && { status }),
    ...(substatus !== undefined && { substatus }),
    ...(status === undefined && typeof code === 'string' && { code }),
    ...(typeof activityId === 'string' && { activityId }),
    ...(typeof retryAfterInMs === 'number' &&
      Number.isFinite(retryAfterInMs) && { retryAfterMs: retryAfterInMs }),
  };
}

function kindOf(error: unknown, status?: number, substatus?: number): Trouble['kind'] {
  if (status !== undefined) {
    const kind = KINDS[`${status}/${substatus ?? 0}`] ?? KINDS[String(status)];
    return kind ?? (status >= 500 ? 'uncertain' : 'bug');
  }
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && NEVER_SENT.has(code)) return 'not_done';
  // @azure/identity: no token, so nothing was sent.
  if (typeof name === 'string' && /Authentication|CredentialUnavailable/.test(name))
    return 'not_done';
  return 'uncertain';
}

/** True when trying again may succeed. */
export function mayPass({ kind }: Trouble): boolean {
  return kind === 'not_done' || kind === 'uncertain';
}

/** The failure as callers of the store shall see it. */
export function toGatewayError(trouble: Trouble, operation: string, mayBeApplied: boolean): Error {
  const { kind, status, substatus, code, activityId, retryAfterMs = 1000 } = trouble;
  const what = [status ?? code, substatus].filter((part) => part !== undefined).join('/');
  // The library's own error carries headers and diagnostics, which no log needs.
  const cause = new Error(`Cosmos DB, ${operation}: ${what}, activity ${activityId ?? 'unknown'}`);
  if (kind === 'bug') return cause;
  if (kind === 'too_large') {
    return new GatewayError('payload_too_large', 'The resource is too large to be stored.', {
      cause,
    });
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const message =
    kind === 'refused'
      ? 'The store refuses this gateway.'
      : `The store is not available${mayBeApplied ? '; the change may have been made' : ''}.`;
  return new GatewayError('unavailable', message, { cause, retryAfterSeconds });
}
