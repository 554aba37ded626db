import { expect, test } from '@jest/globals';
import type { orchestratorSupport, OrchestratorUnderTest } from './orchestrator-support.ts';

type Under = () => OrchestratorUnderTest;
type On = () => ReturnType<typeof orchestratorSupport>;

/** The part of the promises of `Orchestrator` that is about logs. */
export function describeOrchestratorLogs(under: Under, on: On): void {
  const write = async (endpoint: Parameters<ReturnType<On>['call']>[0], text: string) =>
    on().call(endpoint, `/log?text=${encodeURIComponent(text)}`);

  test('logs are what the replica wrote, line by line, its last ones when asked', async () => {
    const spec = await on().run('logged');
    const [endpoint] = under().orchestrator.endpoints.of(spec);
    for (const text of ['one', 'zwei ü', 'three 🌦', 'four']) await write(endpoint, text);
    await on().soon(async () => {
      expect(await on().logText(spec)).toMatch(/^starting.*\none\nzwei ü\nthree 🌦\nfour\n$/);
    });
    expect(await on().logText(spec, { tail: 2 })).toBe('three 🌦\nfour\n');
    expect(await on().logText(spec, { tail: 1 })).toBe('four\n');
  });

  test('replicas have logs of their own', async () => {
    const spec = await on().run('separate', { replicas: 2 });
    for (const endpoint of under().orchestrator.endpoints.of(spec))
      await write(endpoint, `I am ${endpoint.instance}.`);
    for (const ordinal of [0, 1]) {
      await on().soon(async () => {
        const text = await on().logText(spec, { instance: ordinal });
        expect(text).toContain(`I am ${on().instance(spec, ordinal)}.`);
        expect(text).not.toContain(`I am ${on().instance(spec, 1 - ordinal)}.`);
      });
    }
  });

  test('logs of an unknown replica or workload are not found', async () => {
    const spec = await on().apply('logged');
    for (const instance of [1, 99, -1]) {
      await expect(on().logText(spec, { instance })).rejects.toMatchObject({
        name: 'GatewayError',
        code: 'not_found',
      });
    }
    const nobody = { kind: 'adapter', name: 'suite-nobody' } as const;
    await expect(on().logText(nobody)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a replica that has written nothing has a sentence for a log', async () => {
    const spec = await on().apply('quiet', { image: under().images.neverReady });
    expect(await on().logText(spec)).toMatch(/^[A-Z].* .*\.\n$/);
    expect(await on().logText(spec, { previous: true })).toMatch(/^[A-Z].* .*\.\n$/);
  });

  test('the log of the run before the last restart is kept', async () => {
    const spec = await on().run('before');
    const [endpoint] = under().orchestrator.endpoints.of(spec);
    await write(endpoint, 'from the first run');
    await on().call(endpoint, '/exit?code=1');
    await on().soon(() =>
      expect(under().orchestrator.endpoints.of(spec)[0]?.uid).not.toBe(endpoint?.uid),
    );
    await on().ready(spec);
    expect(await on().logText(spec, { previous: true })).toMatch(
      /from the first run\n[^]*last words\n/,
    );
    expect(await on().logText(spec)).not.toContain('from the first run');
  });

  test('only what was written lately is given when asked', async () => {
    const spec = await on().run('lately');
    const [endpoint] = under().orchestrator.endpoints.of(spec);
    await write(endpoint, 'old');
    await on().soon(async () => {
      await write(endpoint, 'new');
      const text = await on().logText(spec, { sinceSeconds: 2 });
      expect(text).toContain('new');
      expect(text).not.toContain('old');
    });
    expect(await on().logText(spec, { sinceSeconds: 3600 })).toContain('old\n');
  });

  test('a follower gets the last lines and then every new one, until it has enough', async () => {
    const spec = await on().run('followed');
    const [endpoint] = under().orchestrator.endpoints.of(spec);
    await write(endpoint, 'before');
    await on().soon(async () => expect(await on().logText(spec)).toContain('before'));
    const follower = await follow(under(), spec);
    await on().soon(() => expect(follower.text()).toContain('before\n'));
    await write(endpoint, 'after');
    await on().soon(() => expect(follower.text()).toMatch(/before\nafter\n$/));
    follower.stop();
    await follower.ended;
  });

  test('a follower stays across a restart of the replica and leaves when the workload is removed', async () => {
    const spec = await on().run('followed');
    const [endpoint] = under().orchestrator.endpoints.of(spec);
    const follower = await follow(under(), spec);
    await on().call(endpoint, '/exit?code=1');
    await on().soon(() => expect(follower.text()).toMatch(/starting[^]*last words[^]*starting/));
    await under().orchestrator.remove(spec);
    await follower.ended;
  });
}

async function follow(
  { orchestrator, deadlineMs }: OrchestratorUnderTest,
  id: Parameters<OrchestratorUnderTest['orchestrator']['logs']>[0],
) {
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(2 * deadlineMs)]);
  const options = { instance: 0, tail: 10, previous: false, follow: true };
  const lines = await orchestrator.logs(id, options, signal);
  let text = '';
  const read = async () => {
    for await (const part of lines) text += part;
  };
  const ended = read();
  return { text: () => text, stop: () => enough.abort(), ended };
}
