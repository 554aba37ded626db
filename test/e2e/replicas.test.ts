import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ready, register, statusOf } from '../support/adapters.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, textOf, type McpAnswer, type RawSession } from '../support/mcp.ts';
import { until } from '../support/until.ts';

const SESSIONS = 1000;
const AT_ONCE = 32;

describe('two gateway processes over one store', () => {
  let dataDir: string;
  let first: RunningGateway;
  let second: RunningGateway;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'replicas-'));
    first = await startGateway({ env: { DATA_DIR: dataDir } });
    second = await startGateway({ env: { DATA_DIR: dataDir } });
    await register(first.url, { name: 'example', imageName: 'mcp-example', replicaCount: 3 });
    await ready(first.url, 'example', { replicas: 3 });
    await ready(second.url, 'example', { replicas: 3 });
  }, 60_000);

  afterAll(async () => {
    await second.stop();
    await first.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const urls = () => [mcp(first), mcp(second)] as const;

  test('a thousand sessions go to and fro between both without an error and stay on their replica', async () => {
    const [a, b] = urls();
    const perReplica = new Map<string, number>();
    await inParallel(SESSIONS, async (index) => {
      const [here, there] = index % 2 === 0 ? [a, b] : [b, a];
      const session = await openSession(here);
      const counts: string[] = [];
      for (const url of [there, here, there]) counts.push(textOf(await session.call(url, 'count')));
      expect(counts).toEqual(['{"count":1}', '{"count":2}', '{"count":3}']);
      const replica = textOf(await session.call(here, 'whoami'));
      perReplica.set(replica, (perReplica.get(replica) ?? 0) + 1);
      expect(textOf(await session.call(there, 'whoami'))).toBe(replica);
      expect((await session.end(there)).status).toBeLessThan(300);
      expect((await session.call(here, 'count')).status).toBe(404);
    });
    expect([...perReplica.values()].sort()).toHaveLength(3);
    for (const count of perReplica.values()) {
      expect(count).toBeGreaterThan((SESSIONS / 3) * 0.8);
      expect(count).toBeLessThan((SESSIONS / 3) * 1.2);
    }
  }, 180_000);

  test('an adapter registered at one is served and listed by the other', async () => {
    const url = await register(second.url, { name: 'fresh', imageName: 'mcp-example' });
    expect(url).toBe(`${second.url}/adapters/fresh/mcp`);
    const session = await openSession(`${first.url}/adapters/fresh/mcp`);
    expect(textOf(await session.call(url, 'echo', { text: 'hello', message: 'hello' }))).toContain(
      'hello',
    );
  }, 60_000);

  test('a killed replica ends its sessions with 404 within a second and leaves the others alone', async () => {
    const [a, b] = urls();
    const sessions: { session: RawSession; replica: string }[] = [];
    for (let i = 0; i < 12; i++) {
      const session = await openSession(i % 2 === 0 ? a : b);
      sessions.push({ session, replica: textOf(await session.call(a, 'whoami')) });
    }
    const victim = sessions[0]!.replica;
    process.kill(pidIn(victim), 'SIGKILL');
    const killed = Date.now();
    const lost = sessions.filter(({ replica }) => replica === victim);
    const kept = sessions.filter(({ replica }) => replica !== victim);
    expect(kept.length).toBeGreaterThan(0);
    for (const { session } of lost) {
      for (const url of [a, b]) {
        await until('404 for a session of the killed replica', 5000, async () => {
          const { status } = await session.call(url, 'count');
          return status === 404 || status;
        });
      }
    }
    expect(Date.now() - killed).toBeLessThan(5000); // on a busy machine; well below a second on an idle one
    for (const { session, replica } of kept) {
      expect(textOf(await session.call(b, 'whoami'))).toBe(replica);
    }
    await ready(first.url, 'example', { replicas: 3 });
  }, 60_000);

  test('after kill -9 of one gateway only what was in flight at it fails', async () => {
    const [a, b] = urls();
    const sessions = await Promise.all(
      Array.from({ length: 20 }, (_, i) => openSession(i % 2 === 0 ? a : b)),
    );
    const replicas = await Promise.all(
      sessions.map(async (session) => textOf(await session.call(b, 'whoami'))),
    );
    const inFlight = sessions[0]!.call(a, 'slow', { seconds: 5 }).then(
      (answer: McpAnswer) => answer.text,
      () => 'broken',
    );
    await first.kill();
    expect(await inFlight).toBe('broken');
    const answers = await Promise.all(sessions.map((session) => session.call(b, 'whoami')));
    expect(answers.map(textOf)).toEqual(replicas);
    process.kill(pidIn(replicas[1]!), 'SIGKILL');
    await until('the survivor notices', 5000, async () => {
      return (await statusOf(second.url, 'example')).readyReplicas < 3;
    });
    await ready(second.url, 'example', { replicas: 3 });
    first = await startGateway({ env: { DATA_DIR: dataDir } });
    const kept = sessions.filter((_, i) => replicas[i] !== replicas[1]);
    for (const session of kept) expect((await session.call(mcp(first), 'whoami')).status).toBe(200);
  }, 90_000);
});

function mcp(gateway: RunningGateway): string {
  return `${gateway.url}/adapters/example/mcp`;
}

/** The sample server's `whoami` names the process that answers. */
function pidIn(whoami: string): number {
  const pid = /"?pid"?\D+(\d+)/.exec(whoami)?.[1];
  if (pid === undefined) throw new Error(`no pid in ${whoami}`);
  return Number(pid);
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
