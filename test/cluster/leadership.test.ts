import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { leaseLeadership } from '@mcp-gateway/platform/kubernetes/leadership';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';

const SECOND = 1000;
const DURATION = 3;
const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
const cluster = await clusterHere();

if (cluster) {
  describe('leadership by a lease', () => {
    let namespace = '';
    beforeAll(async () => {
      namespace = await makeNamespace(cluster, 'lease');
    });
    afterAll(async () => {
      await dropNamespace(cluster, namespace);
      await cluster.api.close();
    });

    /** A replica that wants to lead, and says when it does. */
    function candidate(name: string, holder: string, leading: Set<string>) {
      const { config } = cluster!;
      const leadership = leaseLeadership({ namespace, name, holder, log, config, durationSeconds: DURATION }); // prettier-ignore
      const ending = new AbortController();
      const work = async (signal: AbortSignal) => {
        leading.add(holder);
        while (!signal.aborted && !ending.signal.aborted) await sleep(10);
        leading.delete(holder);
      };
      const campaign = leadership.lead(work, ending.signal);
      return {
        stop: async () => {
          ending.abort();
          await campaign;
          await leadership.close();
        },
        /** As a process that dies: nothing is given back, and nothing is heard of it. */
        die: async () => {
          await leadership.close();
          return async () => {
            ending.abort();
            await campaign;
          };
        },
      };
    }

    test('one of three leads at a time, and another one at once when it stops', async () => {
      const leading = new Set<string>();
      const most = { at: 0 };
      const candidates = new Map(['a', 'b', 'c'].map((holder) => [holder, candidate('turns', holder, leading)])); // prettier-ignore
      for (let turn = 0; turn < 3; turn++) {
        await eventually(20 * SECOND, () => {
          most.at = Math.max(most.at, leading.size);
          expect(leading.size).toBe(1);
        });
        const [holder = ''] = leading;
        await candidates.get(holder)?.stop();
        candidates.delete(holder);
        expect(leading.has(holder)).toBe(false);
      }
      expect(most.at).toBe(1);
    });

    test('a leader that cannot renew stops before its successor begins', async () => {
      const leading = new Set<string>();
      const first = candidate('lost', 'first', leading);
      await eventually(10 * SECOND, () => expect([...leading]).toEqual(['first']));
      const second = candidate('lost', 'second', leading);
      const finish = await first.die();
      const both = { seen: false };
      await eventually(20 * SECOND, () => {
        both.seen ||= leading.size > 1;
        expect([...leading]).toEqual(['second']);
      });
      expect(both.seen).toBe(false);
      await finish();
      await second.stop();
    });
  });
} else {
  describe('leadership by a lease', () => test.skip('needs a cluster', () => undefined));
}
