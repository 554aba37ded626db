import type { Grant, Operation } from '@mcp-gateway/core/domain/access';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Audit, AuditEvent } from '@mcp-gateway/core/ports/audit';
import { redacted } from '../audit/redacted.ts';
import type { Call } from './call.ts';
import { workloadOf } from './destination.ts';
import { isPlainJson, type Heard } from './heard-messages.ts';

/** Codes of errors by which the gateway itself refuses. */
const DENIED: ReadonlySet<string> = new Set([
  'unauthenticated',
  'forbidden',
  'insufficient_scope',
  'rate_limited',
  'header_mismatch',
  'unknown_tool',
  'disabled',
]);
const SAFE_NAME = /^[a-z0-9-]{1,64}$/;

export interface CallAuditDependencies {
  readonly audit: Audit;
  readonly grants: (operation: Operation, principal: Principal, resource: Adapter) => Grant;
  /** Whether arguments are kept, too. */
  readonly withArguments: boolean;
}

/** Records what a call did once it has ended: each tool call in it, and every refusal. */
export function callAudit({ audit, grants, withArguments }: CallAuditDependencies) {
  return (call: Call): void => {
    const heard = heardOf(call);
    const tools = toolCallsIn(call, heard);
    const isDenied = call.errorCode !== undefined && DENIED.has(call.errorCode);
    const isUnread = heard === undefined && call.listener.bytes() > 0 && call.request.method === 'POST'; // prettier-ignore
    if (tools.length === 0 && !isDenied && !isUnread) return;
    const shared = eventOf(call, grants);
    if (tools.length === 0) audit.record({ action: isDenied ? 'mcp' : 'unread', ...shared });
    for (const { tool, given } of tools) {
      const kept = withArguments ? given() : undefined;
      audit.record({ action: 'tools/call', ...shared, tool: tool?.slice(0, 256), arguments: kept });
    }
  };
}

interface ToolCall {
  readonly tool: string | undefined;
  /** Its arguments as they may be kept. */
  readonly given: () => unknown;
}

/** A body for a tool that is called by its name is that call's arguments, whatever it looks like. */
function toolCallsIn(
  { target, request, body }: Call,
  heard: readonly Heard[] | undefined,
): readonly ToolCall[] {
  if (target.tool !== undefined) {
    if (request.method !== 'POST') return [];
    return [{ tool: target.tool, given: () => keptOf(body, (value) => value) }];
  }
  return (heard ?? []).flatMap(({ method, tool }, index) =>
    method === 'tools/call' ? [{ tool, given: () => argumentsOf(body, index) }] : [],
  );
}

function heardOf(call: Call): readonly Heard[] | undefined {
  const { listener, body, request } = call;
  if (listener.bytes() === 0 && body !== undefined) listener.hearAll(body);
  if (listener.bytes() === 0) return [];
  return isPlainJson(request) ? listener.messages() : undefined;
}

function eventOf(call: Call, grants: CallAuditDependencies['grants']): Omit<AuditEvent, 'action'> {
  const { principal, adapter, errorCode, status, requestId, listener } = call;
  const grant = principal && adapter ? grants('call', principal, adapter) : undefined;
  return {
    requestId,
    principal: principal && { id: principal.id, name: principal.name, kind: principal.kind },
    relations: grant?.relations,
    roles: grant?.roles,
    resource: resourceOf(call),
    ...verdictOf(call),
    status,
    code: call.ending?.reason ?? errorCode ?? (call.outcome === 'answered' ? undefined : call.outcome),
    durationMs: Math.round((performance.now() - call.startedAt) * 1e3) / 1e3,
    requestBytes: listener.bytes(),
    responseBytes: call.answerBytes,
  }; // prettier-ignore
}

/** What was called, or what the path names where nothing was found. */
function resourceOf({ adapter, target }: Call): AuditEvent['resource'] {
  if (adapter !== undefined) return { kind: workloadOf(adapter).kind, name: adapter.name };
  const name = target.tool ?? target.adapter ?? '';
  if (!SAFE_NAME.test(name)) return undefined;
  return { kind: target.tool === undefined ? 'adapter' : 'tool', name };
}

function verdictOf({ errorCode, outcome, status }: Call): Pick<AuditEvent, 'outcome'> {
  if (errorCode !== undefined && DENIED.has(errorCode)) return { outcome: 'denied' };
  return { outcome: outcome === 'answered' && status < 400 ? 'allowed' : 'failed' };
}

function argumentsOf(body: Buffer | undefined, index: number): unknown {
  return keptOf(body, (value) => {
    const message: unknown = Array.isArray(value) ? value[index] : value;
    return memberOf(memberOf(message, 'params'), 'arguments');
  });
}

function keptOf(body: Buffer | undefined, pick: (value: unknown) => unknown): unknown {
  if (body === undefined) return '…';
  try {
    return redacted(pick(JSON.parse(body.toString())));
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
