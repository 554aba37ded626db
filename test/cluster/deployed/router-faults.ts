import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { ask, textOf, type McpAnswer } from '../../support/mcp.ts';
import { WEATHER_CALL } from '../../support/weather.ts';
import { newKey, type Deployment } from '../support/deployment.ts';
import { credentials } from './client.ts';
import { kill } from './kill.ts';
import { failures, sessionUser, tally, underLoadOf, type Outcome, type UserOn } from './load.ts';
import { routerUrl } from './router.ts';
import { metricOf } from './router-metrics.ts';

const SECOND = 1000;
/** So long calls may fail because of a replica that is gone. */
const UNNOTICED = 2 * SECOND;
const STATELESS = 'none';
const CALLS = 'mcp_router_tool_call_seconds_count';

/** What clients of the tool router see while its replicas are lost or replaced. */
export function describeRouterFaults(on: () => Deployment): void {
  describe('the tool router under load', () => {
    test('a replica that is killed takes along the calls that it has, and its sessions begin anew at the other', async () => {
      const [victim, other] = await on().pods('tool-router');
      const before = await metricOf(other!, CALLS);
      const at = { killed: Infinity, answered: 0 };
      const outcomes = await underLoadOf(await halfAndHalf(on()), async ({ now }) => {
        at.killed = now();
        await kill(`POD_NAME=${victim!.metadata.name}`);
        await forceDelete(on(), victim!.metadata.name);
        await sleep(4 * SECOND);
        at.answered = (await metricOf(other!, CALLS)) - before;
      });
      await on().settled();
      const failed = failures(outcomes);
      const last = Math.max(at.killed, ...failed.map(({ ended }) => ended)) - at.killed;
      console.log(`router killed: ${JSON.stringify({ stateless: tally(outcomes.filter(isStateless)), sessions: tally(outcomes.filter((one) => !isStateless(one))) })}, the last failure after ${Math.round(last)} ms`); // prettier-ignore
      for (const { result } of failed.filter(isStateless)) expect(result).toBe(502);
      for (const { result } of failed) expect(String(result)).toMatch(/^(404|502|initialize: 502)/);
      const outside = ({ began, ended }: Outcome): boolean =>
        ended < at.killed || began > at.killed + UNNOTICED;
      expect(failed.filter(outside)).toEqual([]);
      expect(failed.some(({ result }) => result === 404)).toBe(true);
      expect(failed.filter(({ result, opening }) => result === 404 && opening)).toEqual([]);
      expect(at.answered).toBeGreaterThan(50);
    }, 200_000);

    test('secrets change while all replicas are replaced, and only sessions of replaced ones begin anew', async () => {
      const [current, next] = on().secrets().gatewaySecrets.split(',');
      const outcomes = await underLoadOf(await halfAndHalf(on()), async () => {
        await on().rotate({ gatewaySecrets: [next, newKey(), current].join() });
        await on().settled();
      });
      console.log(`secrets changed: ${JSON.stringify({ stateless: tally(outcomes.filter(isStateless)), sessions: tally(outcomes.filter((one) => !isStateless(one))) })}`); // prettier-ignore
      const failed = failures(outcomes);
      expect(tally(failed.filter(isStateless))).toEqual({});
      for (const { result, opening } of failed) expect([[404, false], [502, false]]).toContainEqual([result, opening]); // prettier-ignore
      // Calls at the very moment in which their replica ends, before the gateway has heard of it.
      expect(failed.filter(({ result }) => result === 502).length).toBeLessThanOrEqual(8);
    }, 240_000);
  });
}

const isStateless = ({ replica }: Outcome): boolean => replica === STATELESS;

/** Users of both eras, who call the registered tool. */
async function halfAndHalf(deployment: Deployment): Promise<UserOn> {
  const called = { url: routerUrl(deployment), headers: await credentials(deployment, 'ben') };
  const { name: tool, arguments: args } = WEATHER_CALL;
  const kinds = [
    statelessUser(called),
    sessionUser({ ...called, tool, args }, (answer) => (assertWeather(answer), 'somewhere')),
  ];
  let users = 0;
  return (connection) => kinds[users++ % 2]!(connection);
}

function statelessUser(called: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}): UserOn {
  const { url, headers } = called;
  return (through) => ({
    isOpening: () => false,
    replica: () => STATELESS,
    call: async () => {
      const answer = await ask(url, 'tools/call', WEATHER_CALL, { headers, through });
      if (answer.status === 200) assertWeather(answer);
      else if (answer.body?.error?.data === undefined) return `${answer.status} without a reason`;
      return answer.status;
    },
  });
}

/** Throws what came instead. */
function assertWeather(answer: McpAnswer): void {
  const { error } = answer.body ?? {};
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
  const text = textOf(answer);
  if (answer.body?.result?.isError === true) throw new Error(text);
  if (!text.includes('Oslo')) throw new Error(`no weather: ${text}`);
}

/** As `kubectl delete --force` does. */
async function forceDelete({ api, namespace }: Deployment, name: string): Promise<void> {
  const path = objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, name);
  await api.json({ method: 'DELETE', path, query: { gracePeriodSeconds: '0' } });
}
