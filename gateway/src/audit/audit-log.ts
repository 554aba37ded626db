import type { Audit, AuditEvent } from '@mcp-gateway/core/ports/audit';

const MAX_REFUSALS = 100;
const SECOND_MS = 1_000;
const MAX_LINE = 16_384;

export interface AuditLogOptions {
  /** Takes one line and never throws. */
  readonly write: (line: string) => void;
  /** Told of each event that is written. */
  readonly recorded: (outcome: AuditEvent['outcome']) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * An audit of JSON lines. Of refusals, which anybody can cause, it has at most a hundred in a second, and then how many
 * more there were.
 */
export function auditLog({ write, recorded, now }: AuditLogOptions): Audit {
  let second = 0;
  let refusals = 0;
  let suppressed = 0;

  function put(event: AuditEvent): void {
    const line = JSON.stringify({ time: new Date(now()).toISOString(), ...event });
    write(line.length > MAX_LINE ? withoutArguments(event, now()) : line);
    recorded(event.outcome);
  }

  /** Whether there is room for another refusal in this second. */
  function admits(event: AuditEvent): boolean {
    const current = Math.floor(now() / SECOND_MS);
    if (current !== second) {
      if (suppressed > 0) put({ ...SUMMARY, suppressed });
      second = current;
      refusals = 0;
      suppressed = 0;
    }
    if (event.outcome !== 'denied') return true;
    refusals += 1;
    if (refusals > MAX_REFUSALS) suppressed += 1;
    return refusals <= MAX_REFUSALS;
  }

  return {
    record(event) {
      if (admits(event)) put(event);
    },
  };
}

const SUMMARY: AuditEvent = {
  action: 'refusals',
  requestId: '',
  outcome: 'denied',
  status: 0,
  durationMs: 0,
};

function withoutArguments({ arguments: left, ...event }: AuditEvent, at: number): string {
  return JSON.stringify({ time: new Date(at).toISOString(), ...event, arguments: left && '…' });
}
