import { expect, test } from '@jest/globals';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { EDGE_LIMITS, EDGE_SECONDS, edgeMistakes } from './edge-timeouts.ts';

const heartbeat = GatewaySettings.shape.HEARTBEAT_SECONDS.parse(undefined);

test("the edge's patience is what Azure allows", () => {
  for (const [name, [least, most]] of Object.entries(EDGE_LIMITS)) {
    const seconds = EDGE_SECONDS[name as keyof typeof EDGE_SECONDS];
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
  }
  expect(EDGE_SECONDS.idleConnection % 60).toBe(0); // Azure takes minutes
  expect(EDGE_SECONDS.idleBalancer % 60).toBe(0);
});

test('the gateway speaks well before the edge takes its silence for the end', () => {
  expect(edgeMistakes({})).toEqual([]);
  expect(heartbeat * 3).toBeLessThanOrEqual(EDGE_SECONDS.idleConnection);
  expect(heartbeat * 3).toBeLessThanOrEqual(EDGE_SECONDS.idleBalancer);
  expect(heartbeat * 3).toBeLessThanOrEqual(EDGE_SECONDS.answer);
});

test('a heartbeat that is too slow is named with the slowest that works', () => {
  const [mistake = ''] = edgeMistakes({ HEARTBEAT_SECONDS: '1200' });
  const slowest = /at most (\d+)/.exec(mistake)?.[1] ?? '';
  expect(edgeMistakes({ HEARTBEAT_SECONDS: slowest })).toEqual([]);
  expect(edgeMistakes({ HEARTBEAT_SECONDS: String(Number(slowest) + 1) })).toHaveLength(1);
});

test('the gateway gives up on a server before anybody on the way gives up on the gateway', () => {
  expect(edgeMistakes({ ANSWER_TIMEOUT_SECONDS: '1799' })).toEqual([]);
  expect(edgeMistakes({ ANSWER_TIMEOUT_SECONDS: '1800' })).toHaveLength(1);
  const { answer, idleConnection, idleBalancer } = EDGE_SECONDS;
  for (const patience of [answer, idleConnection, idleBalancer]) {
    expect(GatewaySettings.shape.ANSWER_TIMEOUT_SECONDS.parse(undefined)).toBeLessThan(patience);
  }
});
