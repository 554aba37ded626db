import { expect, test } from '@jest/globals';
import type { AuditEvent } from '@mcp-gateway/core/ports/audit';
import { auditLog } from './audit-log.ts';

const EVENT: AuditEvent = { action: 'tools/call', requestId: 'r', outcome: 'allowed', status: 200, durationMs: 1 }; // prettier-ignore

function setup() {
  const clock = { at: 1_700_000_000_000 };
  const lines: string[] = [];
  const outcomes: string[] = [];
  const audit = auditLog({
    write: (line) => void lines.push(line),
    recorded: (outcome) => void outcomes.push(outcome),
    now: () => clock.at,
  });
  return { audit, lines, outcomes, clock };
}

test('an event is one line of JSON with its time', () => {
  const { audit, lines, outcomes } = setup();
  audit.record({ ...EVENT, tool: 'a\nb', principal: { id: 'ann', kind: 'user' } });
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: '2023-11-14T22:13:20.000Z',
    ...EVENT,
    tool: 'a\nb',
    principal: { id: 'ann', kind: 'user' },
  });
  expect(outcomes).toEqual(['allowed']);
});

test('of a flood of refusals the audit has a hundred in a second, their number, and all that was allowed', () => {
  const { audit, lines, clock } = setup();
  for (let n = 0; n < 500; n++) audit.record({ ...EVENT, outcome: 'denied', status: 401 });
  for (let n = 0; n < 300; n++) audit.record(EVENT);
  expect(lines).toHaveLength(400);
  clock.at += 1000;
  audit.record(EVENT);
  expect(lines).toHaveLength(402);
  expect(JSON.parse(lines[400] ?? '')).toMatchObject({ action: 'refusals', suppressed: 400 });
});

test('a line that would be too long goes without its arguments', () => {
  const { audit, lines } = setup();
  audit.record({ ...EVENT, arguments: Array(50).fill('word '.repeat(80)) });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ...EVENT, arguments: '…' });
});
