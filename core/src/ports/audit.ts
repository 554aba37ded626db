import type { WorkloadKind } from '../domain/naming.ts';
import type { Principal } from '../domain/principal.ts';

/** One thing that somebody did, or was refused. */
export interface AuditEvent {
  /** The id of an operation of the API, such as `deleteAdapter`; or `tools/call`, `mcp` or `unread` on MCP paths. */
  readonly action: string;
  readonly requestId: string;
  /** Absent where nobody has signed in. */
  readonly principal?: { readonly id: string; readonly name?: string | undefined; readonly kind: Principal['kind'] } | undefined; // prettier-ignore
  /** How the caller stood to the resource, as far as that gave the right. */
  readonly relations?: readonly string[] | undefined;
  /** Those of the caller's roles that gave the right. */
  readonly roles?: readonly string[] | undefined;
  readonly resource?: { readonly kind: WorkloadKind; readonly name: string } | undefined;
  readonly tool?: string | undefined;
  /** `denied` by a rule of the gateway, `failed` for any other reason. */
  readonly outcome: 'allowed' | 'denied' | 'failed';
  /** What the client was sent; 0 if nothing. */
  readonly status: number;
  /** Why it was denied or failed. */
  readonly code?: string | undefined;
  readonly durationMs: number;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
  /** Of a tool call, where a setting asks for them: cut short, without secrets. */
  readonly arguments?: unknown;
  /** How many like this were left out since the last one, because they were too many. */
  readonly suppressed?: number | undefined;
}

/** Keeps what happened. Never throws, never waits. */
export interface Audit {
  record: (event: AuditEvent) => void;
}
