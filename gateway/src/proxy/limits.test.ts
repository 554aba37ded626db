import { describe, expect, test } from '@jest/globals';
import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { callLimits, trafficOf, type Traffic } from './limits.ts';

const CALL: Traffic = { calls: 1, sessions: 0, streams: 0 };
const SESSION: Traffic = { calls: 0, sessions: 1, streams: 0 };
const STREAM: Traffic = { calls: 0, sessions: 0, streams: 1 };

function setup(settings: Record<string, string>) {
  const limited: string[] = [];
  const sessions = new Map<string, number>();
  const limits = callLimits({
    settings: GatewaySettings.parse(settings),
    openSessions: (key) => sessions.get(key) ?? 0,
    limited: (limit) => void limited.push(limit),
  });
  const enter = async (principal: string | undefined, adapter: string, traffic: Traffic) => {
    try {
      return await limits.enter({ principal, adapter }, traffic);
    } catch (error) {
      if (!isGatewayError(error, 'rate_limited')) throw error;
      return error.retryAfterSeconds ?? 0;
    }
  };
  return { limits, limited, sessions, enter };
}

describe('limits', () => {
  test('let a caller have so many calls at once, and each caller for itself', async () => {
    const { enter, limited } = setup({ PRINCIPAL_MAX_CALLS: '2' });
    const leave = await enter('ann', 'a', CALL);
    await enter('ann', 'b', CALL);
    expect(await enter('ann', 'c', CALL)).toBe(1);
    expect(await enter('bob', 'c', CALL)).toBeInstanceOf(Function);
    expect(await enter(undefined, 'c', CALL)).toBeInstanceOf(Function);
    if (typeof leave === 'function') leave();
    expect(await enter('ann', 'c', CALL)).toBeInstanceOf(Function);
    expect(limited).toEqual(['PRINCIPAL_MAX_CALLS']);
  });

  test('let an adapter have so many streams, whoever opens them', async () => {
    const { enter } = setup({ ADAPTER_MAX_STREAMS: '1' });
    await enter('ann', 'a', STREAM);
    expect(await enter('bob', 'a', STREAM)).toBe(1);
    expect(await enter('bob', 'a', CALL)).toBeInstanceOf(Function);
    expect(await enter('bob', 'b', STREAM)).toBeInstanceOf(Function);
  });

  test('count sessions in use and those that are about to begin', async () => {
    const { enter, sessions } = setup({ PRINCIPAL_MAX_SESSIONS: '3' });
    sessions.set('p/ann', 2);
    await enter('ann', 'a', SESSION);
    expect(await enter('ann', 'a', SESSION)).toBe(1);
    expect(await enter('ann', 'a', CALL)).toBeInstanceOf(Function);
  });

  test('let so many calls and sessions begin in a minute, and say when to come again', async () => {
    const { enter, limited } = setup({ PRINCIPAL_CALLS_PER_MINUTE: '3', ADAPTER_SESSIONS_PER_MINUTE: '1' }); // prettier-ignore
    await enter('ann', 'a', { ...CALL, calls: 2 });
    await enter('ann', 'a', CALL);
    const wait = await enter('ann', 'a', CALL);
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    await enter('bob', 'a', SESSION);
    expect(await enter('eve', 'a', SESSION)).toEqual(expect.any(Number));
    expect(limited).toEqual(['PRINCIPAL_CALLS_PER_MINUTE', 'ADAPTER_SESSIONS_PER_MINUTE']);
  });

  test('give back what was taken for a request that is refused by its rate', async () => {
    const { enter } = setup({ PRINCIPAL_CALLS_PER_MINUTE: '1', PRINCIPAL_MAX_CALLS: '1' });
    const leave = await enter('ann', 'a', CALL);
    if (typeof leave === 'function') leave();
    expect(await enter('ann', 'a', CALL)).toBeGreaterThan(1);
    expect(await enter('ann', 'a', CALL)).toBeGreaterThan(1); // and not MAX_CALLS
  });

  test('do not wait where there are none', () => {
    const { limits } = setup({});
    expect(limits.enter({ principal: 'ann', adapter: 'a' }, CALL)).toBeInstanceOf(Function);
  });
});

test.each([
  ['GET', [], STREAM],
  ['DELETE', [], { calls: 0, sessions: 0, streams: 0 }],
  ['POST', undefined, CALL],
  ['POST', [{ method: 'initialize', tool: undefined, isRequest: true }], SESSION],
  ['POST', [{ method: 'notifications/initialized', tool: undefined, isRequest: false }], { calls: 0, sessions: 0, streams: 0 }],
  ['POST', [{ method: undefined, tool: undefined, isRequest: false }], { calls: 0, sessions: 0, streams: 0 }],
  ['POST', [1, 2].map(() => ({ method: 'tools/call', tool: 'x', isRequest: true })), { ...CALL, calls: 2 }],
])('%s with %j takes %j', (method, heard, traffic) => {
  expect(trafficOf(method, heard)).toEqual(traffic);
}); // prettier-ignore
