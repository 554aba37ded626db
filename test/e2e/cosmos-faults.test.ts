import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import type { ErrorCode } from '@mcp-gateway/core/domain/errors';
import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { Sample } from '@mcp-gateway/core/testing/resource-store';
import { openCosmos } from '@mcp-gateway/platform/cosmos/cosmos';
import type { Cosmos, CosmosOptions } from '@mcp-gateway/platform/cosmos/cosmos';
import { startCosmosServer } from '../support/cosmos.ts';
import type { CosmosServer } from '../support/cosmos.ts';
import { faultyWay } from '../support/cosmos-faults.ts';
import type { Fault, FaultyWay } from '../support/cosmos-faults.ts';

const SECRET = 'what only the document may hold';
const TIMEOUT_SECONDS = 8;
const SHORT_SECONDS = 1;

let server: CosmosServer;
let way: FaultyWay;
let cosmos: Cosmos;
let store: ResourceStore<Sample>;
/** Past the faults. */
let direct: ResourceStore<Sample>;
let closeDirect: () => void;
let hurried: Cosmos | undefined;
let container: string;
let logged: string;
let made = 0;

beforeAll(async () => {
  server = await startCosmosServer([]);
});
afterAll(() => server.close());

const options = (): CosmosOptions => {
  const lines = new PassThrough();
  lines.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  const log = pino({ level: 'debug' }, lines);
  return { ...server, timeoutSeconds: TIMEOUT_SECONDS, containers: [container], log };
};

beforeEach(async () => {
  logged = '';
  container = `Faults${++made}`;
  await server.provide([container]);
  way = await faultyWay(server);
  cosmos = await openCosmos({ ...options(), endpoint: way.endpoint });
  store = cosmos.store(container, Sample);
  const other = await openCosmos(options());
  direct = other.store(container, Sample);
  closeDirect = other.close;
});
afterEach(async () => {
  cosmos.close();
  hurried?.close();
  closeDirect();
  await way.close();
});

const sample = (note = SECRET): Sample => ({ name: 'a', note });
/** The same store with little patience. */
const inHaste = async (): Promise<ResourceStore<Sample>> => {
  hurried = await openCosmos({
    ...options(),
    endpoint: way.endpoint,
    timeoutSeconds: SHORT_SECONDS,
  });
  return hurried.store(container, Sample);
};
const wait = (ms: number): Record<string, string> => ({ 'x-ms-retry-after-ms': String(ms) });
const always = (fault: Fault): void => {
  way.chance = () => fault;
};
const failure = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const fails = async (act: Promise<unknown>, code: ErrorCode): Promise<void> => {
  expect(await failure(act)).toMatchObject({ name: 'GatewayError', code });
};

const outcomeUnknown = async (act: Promise<unknown>): Promise<void> => {
  expect(await failure(act)).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('may have been made'),
  });
};

/** Each operation on a prepared store, and what must be there when it has succeeded. */
const OPERATIONS: readonly {
  readonly operation: string;
  readonly existing: boolean;
  readonly act: (known: string) => Promise<unknown>;
  readonly after: string | undefined;
}[] = [
  { operation: 'get', existing: true, act: () => store.get('a'), after: 'before' },
  { operation: 'list', existing: true, act: () => store.list(), after: 'before' },
  { operation: 'create', existing: false, act: () => store.create(sample('new')), after: 'new' },
  { operation: 'replace', existing: true, act: (etag) => store.replace(sample('new'), etag), after: 'new' }, // prettier-ignore
  { operation: 'delete', existing: true, act: (etag) => store.delete('a', etag), after: undefined },
];

const PASSING: readonly { readonly fault: string; readonly faults: readonly Fault[] }[] = [
  { fault: 'two 429', faults: [{ answer: 429, headers: wait(30) }, { answer: 429 }] },
  { fault: 'a 449', faults: [{ answer: 449, headers: wait(10) }] },
  { fault: 'two 503', faults: [{ answer: 503 }, { answer: 503 }] },
  { fault: 'a cut before the server', faults: ['cut before'] },
  { fault: 'a cut after the server', faults: ['cut after'] },
  { fault: 'cuts on both sides', faults: ['cut after', 'cut before', 'cut after'] },
  { fault: 'a slow answer', faults: [{ slowMs: 300 }] },
];

describe.each(PASSING)('$fault', ({ faults }) => {
  test.each(OPERATIONS)('is not seen by who does a $operation', async (each) => {
    const before = each.existing ? await direct.create(sample('before')) : undefined;
    way.faults.push(...faults);
    const result = await each.act(before?.etag ?? '');
    const now = await direct.get('a');
    expect(now?.value.note).toBe(each.after);
    expect(await direct.list()).toHaveLength(each.after === undefined ? 0 : 1);
    if (each.operation === 'list') expect(result).toEqual([now]);
    else if (each.operation !== 'delete') expect(result).toEqual(now);
  });
});

test('a 429 is obeyed: the next attempt comes no sooner than the server asks', async () => {
  way.faults.push({ answer: 429, headers: wait(400) });
  const begun = performance.now();
  await store.create(sample());
  expect(performance.now() - begun).toBeGreaterThanOrEqual(395);
  expect(way.seen).toHaveLength(2);
});

test('a server that asks for a longer wait than we have is unavailable for that long', async () => {
  always({ answer: 429, headers: wait(59_500) });
  const begun = performance.now();
  expect(await failure(store.create(sample()))).toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: 60,
  });
  expect(performance.now() - begun).toBeLessThan(TIMEOUT_SECONDS * 1000);
  expect(way.seen).toHaveLength(1);
  expect(await direct.list()).toEqual([]);
});

test.each<{ fault: Fault }>([
  { fault: { answer: 503 } },
  { fault: { answer: 449 } },
  { fault: 'cut before' },
  { fault: 'hang' },
  { fault: { slowMs: 4000 } },
])('what does not pass is unavailable within the time allowed: $fault', async ({ fault }) => {
  const hasty = await inHaste();
  always(fault);
  const begun = performance.now();
  await fails(hasty.get('a'), 'unavailable');
  await fails(hasty.create(sample()), 'unavailable');
  expect(performance.now() - begun).toBeLessThan(2 * SHORT_SECONDS * 1000 + 2000);
  expect(way.seen.length).toBeLessThanOrEqual(20);
});

test('a write whose answers are all lost says that it may have been made', async () => {
  const hasty = await inHaste();
  always('cut after');
  await outcomeUnknown(hasty.create(sample()));
  expect(await direct.list()).toHaveLength(1);
});

test('a write that met another one after a cut never claims to know whether it was made', async () => {
  const theirs = await direct.create(sample('the same'));
  way.faults.push('cut before');
  await outcomeUnknown(store.create(sample('the same')));
  await fails(store.create(sample('the same')), 'conflict');
  expect(await direct.get('a')).toEqual(theirs);

  const newer = await direct.replace(sample('the same'), theirs.etag);
  way.faults.push('cut after');
  await outcomeUnknown(store.replace(sample('the same'), theirs.etag));
  await fails(store.replace(sample('the same'), theirs.etag), 'precondition_failed');
  expect(await direct.get('a')).toEqual(newer);
});

test('of many creators with lost answers exactly one succeeds', async () => {
  way.faults.push(...Array.from({ length: 8 }, () => 'cut after' as const));
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => store.create(sample(String(index)))),
  );
  const won = results.filter((result) => result.status === 'fulfilled');
  expect(won.map(({ value }) => value)).toEqual([await direct.get('a')]);
  const lost = results.filter((result) => result.status === 'rejected');
  expect(lost.every(({ reason }) => isGatewayError(reason))).toBe(true);
  await fails(store.create(sample()), 'conflict');
});

test('counting through faults of every kind loses and doubles nothing', async () => {
  await direct.create(sample('0'));
  const kinds: (Fault | undefined)[] = [
    'cut before',
    'cut after',
    { answer: 429, headers: wait(5) },
    { answer: 449 },
    { answer: 503 },
    undefined,
    undefined,
    undefined,
    undefined,
    undefined, // prettier-ignore
  ];
  let turn = 0;
  way.chance = () => kinds[(turn += 7) % kinds.length];
  let unknown = 0;
  const increment = async (): Promise<void> => {
    for (;;) {
      const { value, etag } = (await store.get('a'))!;
      try {
        await store.replace(sample(String(Number(value.note) + 1)), etag);
        return;
      } catch (error) {
        if (isGatewayError(error, 'unavailable')) unknown++;
        else if (!isGatewayError(error, 'precondition_failed')) throw error;
      }
    }
  };
  for (let round = 0; round < 6; round++) await Promise.all([increment(), increment()]);
  const count = Number((await direct.get('a'))?.value.note);
  expect(count).toBeGreaterThanOrEqual(12);
  expect(count).toBeLessThanOrEqual(12 + unknown);
});

test('a server that is gone is unavailable, and is used again when it is back', async () => {
  const back = Number(new URL(way.endpoint).port);
  const hasty = await inHaste();
  await way.close();
  await fails(hasty.create(sample()), 'unavailable');
  way = await faultyWay(server, back);
  await store.create(sample());
  expect(await direct.list()).toHaveLength(1);
});

test('a list goes on where the server ends a page early, also through faults', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await direct.create({ name, note: '' });
  way.pageSize = 2;
  way.faults.push(undefined, { answer: 429, headers: wait(10) }, undefined, 'cut before');
  expect((await store.list()).map(({ value }) => value.name)).toEqual(names);
  expect((await store.list({ after: 'b', limit: 2 })).map(({ value }) => value.name)).toEqual(['c', 'd']); // prettier-ignore
  expect(way.seen.length).toBeGreaterThan(5);
});

test('the log tells what went wrong, without documents or keys', async () => {
  way.faults.push({ answer: 429 }, { answer: 503 });
  await store.create(sample());
  way.faults.push(...Array.from({ length: 20 }, () => ({ answer: 503 })));
  const error = await failure((await inHaste()).replace(sample(), 'x'));
  expect(logged).toContain('"status":429');
  expect(logged).toContain('"activityId":"made-up"');
  expect(logged).toContain('store operation failed');
  const all =
    logged + JSON.stringify(error instanceof Error ? pino.stdSerializers.err(error) : error);
  expect(all).not.toContain(SECRET);
  expect(all).not.toContain(server.key);
  expect(all).not.toContain('sig');
});

describe('at start', () => {
  const opening = (change: Partial<CosmosOptions>) =>
    failure(openCosmos({ ...options(), ...change }));

  test('a missing database is named', async () => {
    expect(await opening({ database: 'Elsewhere' })).toMatchObject({
      name: 'SettingsError',
      message: expect.stringContaining("'Elsewhere'"),
    });
  });

  test('a missing container is named', async () => {
    expect(await opening({ containers: [container, 'ToolContainer'] })).toMatchObject({
      name: 'SettingsError',
      message: expect.stringContaining("'ToolContainer'"),
    });
  });

  test('a container with another partition key is named', async () => {
    await server.provide(['ByOwner'], '/owner');
    expect(await opening({ containers: ['ByOwner'] })).toMatchObject({
      name: 'SettingsError',
      message: expect.stringMatching(/'ByOwner'.*\/id/),
    });
  });

  test('a server that nobody vouches for is not trusted', async () => {
    const { endpoint, database, key, containers, log } = options();
    const untrusting = { endpoint, database, key: key!, containers, log, timeoutSeconds: 1 };
    expect(await failure(openCosmos(untrusting))).toMatchObject({ code: 'unavailable' });
  });
});

describe('without a key', () => {
  const withToken = (getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>) => {
    const { database, agent, containers, log } = options();
    const { endpoint } = way;
    const timeoutSeconds = SHORT_SECONDS;
    return openCosmos({ endpoint, database, agent: agent!, containers, log, timeoutSeconds, credential: { getToken } }); // prettier-ignore
  };

  test('requests carry the token of the identity', async () => {
    const opened = await withToken(() =>
      Promise.resolve({ token: 'token-of-ours', expiresOnTimestamp: Date.now() + 3_600_000 }),
    );
    await opened.store(container, Sample).create(sample());
    opened.close();
    expect(decodeURIComponent(way.seen[0]!.authorization)).toBe(
      'type=aad&ver=1.0&sig=token-of-ours',
    );
  });

  test('an identity that gets no token finds the store unavailable', async () => {
    const error = Object.assign(new Error('no'), { name: 'CredentialUnavailableError' });
    expect(await failure(withToken(() => Promise.reject(error)))).toMatchObject({
      code: 'unavailable',
    });
  });
});
