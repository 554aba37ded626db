import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeOrchestratorLogs } from './orchestrator-logs.ts';
import { orchestratorSupport } from './orchestrator-support.ts';
import type { OrchestratorUnderTest } from './orchestrator-support.ts';

/** The promises of `Orchestrator`, for every implementation. */
export function describeOrchestrator(
  title: string,
  make: () => Promise<OrchestratorUnderTest>,
): void {
  describe(`${title} keeps the promises of an orchestrator`, () => {
    let under: OrchestratorUnderTest;
    let on: ReturnType<typeof orchestratorSupport>;
    beforeAll(async () => {
      under = await make();
      on = orchestratorSupport(under);
    }, 120_000);
    afterEach(() => on.removeAll(), 120_000);
    afterAll(() => under.close(), 120_000);

    describeChecks(
      () => under,
      () => on,
    );
    describeReplicas(
      () => under,
      () => on,
    );
    describeEnds(
      () => under,
      () => on,
    );
    describeEndpoints(
      () => under,
      () => on,
    );
    describeOrchestratorLogs(
      () => under,
      () => on,
    );
  });
}

type Under = () => OrchestratorUnderTest;
type On = () => ReturnType<typeof orchestratorSupport>;

function describeChecks(under: Under, on: On): void {
  test('what can run passes the check, and nothing is run by it', async () => {
    const spec = on().workload('checked');
    await under().orchestrator.check(spec);
    expect(await under().orchestrator.list()).toEqual([]);
  });

  test('an unknown image does not pass the check, and says so to the one who asked for it', async () => {
    const spec = on().workload('checked', { image: under().images.unknown });
    const name = under().images.unknown.name;
    await expect(under().orchestrator.check(spec)).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'invalid_request',
      message: expect.stringContaining(name),
    });
    expect(await under().orchestrator.list()).toEqual([]);
  });
}

function describeReplicas(under: Under, on: On): void {
  test('what is applied runs: as many replicas as wanted, each at its own address', async () => {
    const spec = await on().run('many', { replicas: 2 });
    const endpoints = under().orchestrator.endpoints.of(spec);
    expect(endpoints.map(({ instance }) => instance).sort()).toEqual([
      on().instance(spec, 0),
      on().instance(spec, 1),
    ]);
    expect(new Set(endpoints.map(({ origin }) => origin)).size).toBe(2);
    expect(new Set(endpoints.map(({ uid }) => uid)).size).toBe(2);
    for (const endpoint of endpoints) expect(await on().call(endpoint, '/')).not.toBe('');
    expect(await under().orchestrator.status(spec)).toEqual({
      readyReplicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      image: expect.stringContaining(spec.image.name),
      replicaStatus: 'Healthy',
      conditions: [],
    });
  });

  test('applying resolves before replicas are ready; until then status says what is going on and nobody is sent there', async () => {
    const spec = await on().apply('slow', { image: under().images.neverReady });
    await on().soon(async () => {
      const status = await under().orchestrator.status(spec);
      expect(status).toMatchObject({ readyReplicas: 0, replicaStatus: 'Degraded: 0/1 ready' });
      const [condition] = status.conditions;
      expect(condition).toMatchObject({ reason: 'Starting', instance: on().instance(spec, 0) });
      expect(condition?.message).not.toBe('');
    });
    expect(under().orchestrator.endpoints.of(spec)).toEqual([]);
  });

  test('applying the same again changes nothing', async () => {
    const spec = await on().run('same', { environment: { A: '1', B: '2' } });
    const before = under().orchestrator.endpoints.of(spec);
    await under().orchestrator.apply({ ...spec, environment: { B: '2', A: '1' } });
    await under().orchestrator.apply(spec);
    const scaled = await on().run('same', { environment: { A: '1', B: '2' }, replicas: 2 });
    expect(under().orchestrator.endpoints.of(scaled)).toEqual(expect.arrayContaining([...before]));
  });

  test('replicas see exactly the variables that are wanted; a removed one is gone', async () => {
    const spec = await on().run('variables', { environment: { KEPT: 'a=b "c"\n$d', GONE: 'x' } });
    const [first] = under().orchestrator.endpoints.of(spec);
    expect(JSON.parse(await on().call(first, '/environment'))).toMatchObject(spec.environment);

    const changed = await on().run('variables', { environment: { KEPT: 'new' } });
    const [second] = under().orchestrator.endpoints.of(changed);
    const environment: unknown = JSON.parse(await on().call(second, '/environment'));
    expect(environment).toMatchObject({ KEPT: 'new' });
    expect(environment).not.toHaveProperty('GONE');
    expect(second?.uid).not.toBe(first?.uid);
  });

  test('scaling leaves the replicas that stay as they are', async () => {
    const one = await on().run('scaled');
    const [first] = under().orchestrator.endpoints.of(one);
    const three = await on().run('scaled', { replicas: 3 });
    expect(under().orchestrator.endpoints.of(three)).toContainEqual(first);
    await on().run('scaled', { replicas: 1 });
    expect(under().orchestrator.endpoints.of(one)).toEqual([first]);
    const none = await on().run('scaled', { replicas: 0 });
    expect(await under().orchestrator.list()).toEqual([{ kind: none.kind, name: none.name }]);
    expect(await under().orchestrator.status(none)).toMatchObject({ readyReplicas: 0 });
  });

  test('while replicas are replaced one by one, there is always one that is ready', async () => {
    const spec = await on().run('rolled', { replicas: 2 });
    const before = new Set(
      under()
        .orchestrator.endpoints.of(spec)
        .map(({ uid }) => uid),
    );
    await on().apply('rolled', { replicas: 2, environment: { A: '1' } });
    const fewest = { open: Infinity };
    await on().soon(() => {
      const open = on().open(spec);
      fewest.open = Math.min(fewest.open, open.length);
      expect(open).toHaveLength(2);
      expect(open.some(({ uid }) => before.has(uid))).toBe(false);
    });
    expect(fewest.open).toBe(1);
  });

  test('a successor of the same name gets replicas of its own', async () => {
    const spec = await on().run('heir');
    const [first] = under().orchestrator.endpoints.of(spec);
    const heir = await on().apply('heir', { uid: 'uid-of-the-heir' });
    await on().soon(() => {
      expect(on().open(heir)).toHaveLength(1);
      expect(on().open(heir)[0]?.uid).not.toBe(first?.uid);
    });
    expect(await on().logText(heir, { previous: true })).not.toContain('starting');
  });
}

function describeEnds(under: Under, on: On): void {
  test('what is removed is gone when removing resolves', async () => {
    const spec = await on().run('removed', { replicas: 2 });
    const endpoints = under().orchestrator.endpoints.of(spec);
    await under().orchestrator.remove(spec);
    expect(await under().orchestrator.list()).toEqual([]);
    for (const endpoint of endpoints) await expect(on().call(endpoint, '/')).rejects.toThrow();
    await on().soon(() => expect(under().orchestrator.endpoints.of(spec)).toEqual([]));
    await expect(on().logText(spec)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('removing what is not there succeeds, also many at once', async () => {
    const spec = await on().apply('removed');
    await Promise.all([1, 2, 3].map(() => under().orchestrator.remove(spec)));
    await under().orchestrator.remove(spec);
    await under().orchestrator.remove({ kind: 'tool', name: 'suite-never-there' });
    expect(await under().orchestrator.list()).toEqual([]);
  });

  test('a name can be used again after its removal', async () => {
    const first = await on().run('again');
    const [before] = under().orchestrator.endpoints.of(first);
    await under().orchestrator.remove(first);
    const second = await on().run('again', { uid: 'uid-of-the-second' });
    expect(under().orchestrator.endpoints.of(second)[0]?.uid).not.toBe(before?.uid);
  });

  test('kinds do not share objects', async () => {
    const adapter = await on().run('kind');
    const tool = await on().run('kind', { kind: 'tool', uid: 'uid-of-the-tool' });
    await under().orchestrator.remove(tool);
    expect(on().open(adapter)).toHaveLength(1);
    expect(await under().orchestrator.list()).toEqual([{ kind: 'adapter', name: adapter.name }]);
  });

  test('the status of what is not there does not fail', async () => {
    const status = await under().orchestrator.status({ kind: 'adapter', name: 'suite-nobody' });
    expect(status).toMatchObject({ readyReplicas: 0, updatedReplicas: 0, availableReplicas: 0 });
    expect(status.conditions).not.toEqual([]);
  });

  test('a replica that ends is out of the endpoints, and comes back under its name as another incarnation', async () => {
    const spec = await on().run('reborn', { replicas: 2 });
    const [first, other] = under().orchestrator.endpoints.of(spec);
    await on().call(first, '/exit?code=4');
    await on().soon(() => {
      const uids = under()
        .orchestrator.endpoints.of(spec)
        .map(({ uid }) => uid);
      expect(uids).not.toContain(first?.uid);
      expect(uids).toContain(other?.uid);
    });
    const after = await on().ready(spec);
    expect(after).toContainEqual(other);
    expect(after.map(({ instance }) => instance)).toContain(first?.instance);
  });

  test('a server that keeps ending is said to, with its code and its last lines', async () => {
    const spec = await on().apply('crashing', { image: under().images.crashing });
    await on().soon(async () => {
      const { conditions, replicaStatus } = await under().orchestrator.status(spec);
      expect(replicaStatus).toBe('Degraded: 0/1 ready');
      expect(conditions).toContainEqual({
        reason: 'CrashLoopBackOff',
        instance: on().instance(spec, 0),
        message: expect.stringMatching(/code 3\b[^]*cannot go on/),
      });
    });
    expect(under().orchestrator.endpoints.of(spec)).toEqual([]);
  });

  test('a server that keeps ending is replaced at once by one that is wanted instead', async () => {
    await on().apply('mended', { image: under().images.crashing });
    const spec = await on().run('mended');
    expect(on().open(spec)).toHaveLength(1);
  });
}

function describeEndpoints(under: Under, on: On): void {
  test('nothing is known of what was never applied', () => {
    const { endpoints } = under().orchestrator;
    expect(endpoints.of({ kind: 'adapter', name: 'suite-nobody' })).toEqual([]);
  });

  test('a change wakes those who wait for this workload, and only those', async () => {
    const spec = on().workload('watched');
    const { endpoints } = under().orchestrator;
    const patience = AbortSignal.timeout(under().deadlineMs);
    const waiting = [1, 2].map(() => endpoints.changed(spec, patience));
    const other = new AbortController();
    let otherWoke = false;
    const elsewhere = endpoints
      .changed({ kind: 'adapter', name: 'suite-elsewhere' }, other.signal)
      .then(
        () => (otherWoke = true),
        () => undefined,
      );
    await on().apply('watched');
    await Promise.all(waiting);
    expect(endpoints.of(spec)).toHaveLength(1);
    other.abort();
    await elsewhere;
    expect(otherWoke).toBe(false);
  });

  test('whoever gives up waiting for a change gets the reason', async () => {
    const { endpoints } = under().orchestrator;
    const id = { kind: 'adapter', name: 'suite-nobody' } as const;
    const patience = new AbortController();
    const waiting = endpoints.changed(id, patience.signal);
    const reason = new Error('enough');
    patience.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(endpoints.changed(id, patience.signal)).rejects.toBe(reason);
  });
}
