import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { adapterOf, setup as setUp } from './testing/gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const BODY = '{"jsonrpc":"2.0","id":"seven","method":"tools/call","params":{"name":"get"}}';
const BOB = { 'X-Dev-UserId': 'bob', 'X-Test-Roles': 'shared' };
const LATER = '2026-02-02T00:00:00.000Z';
const disabled = { at: LATER, by: 'root', reason: 'under attack' };

/** Bob has a stream by GET, one by POST, and a call that was not answered yet. */
async function busy(headers: Record<string, string> = BOB, now = Date.now) {
  const made = await setUp(1, { now });
  cleanups.push(made.close);
  const [up] = made.ups;
  let asked = 0;
  up!.behave = (_, response, body) => {
    asked += 1;
    if (body.includes('wait')) return;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
  };
  const get = await made.call({ method: 'GET', headers });
  const post = await made.call({ body: BODY, headers });
  const wait = made.call({ body: BODY.replace('get', 'wait'), headers });
  await until(() => asked === 3);
  const open = { get: get.text(), post: post.text(), wait };
  // Tests end with some of them open.
  for (const each of Object.values(open)) each.catch(() => undefined);
  return { ...made, ...open };
}

describe('what is open', () => {
  test('goes on as long as nothing has changed that matters', async () => {
    const { plane, adapters, endings } = await busy();
    adapters.set('weather', { ...adapterOf('weather'), lastUpdatedAt: LATER, description: 'x' });
    plane.review();
    plane.review();
    expect(plane.openRequests()).toBe(3);
    expect(endings).toEqual([]);
  });

  test.each([
    ['disabled', { disabled }, 503, 'disabled', 'under attack'],
    ['forbidden', { requiredRoles: [], lastUpdatedAt: LATER }, 403, 'forbidden', 'any more'],
    ['deleted', { uid: 'another' }, 404, 'not_found', 'no such adapter'],
  ])('ends at once when the adapter is %s, and says so', async (reason, change, status, code, said) => {
    const { plane, adapters, endings, get, post, wait, events } = await busy();
    adapters.set('weather', { ...adapterOf('weather'), ...change });
    plane.review();
    plane.review();
    expect(await get).toBe('data: 1\n\n');
    const last = JSON.parse((await post).split('data: ')[2] ?? '') as unknown;
    expect(last).toMatchObject({ id: 'seven', error: { code: status, data: { code } } });
    const answer = await wait;
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ id: 'seven', error: { message: expect.stringContaining(said) } });
    await until(() => plane.openRequests() === 0);
    expect(endings).toEqual([reason, reason, reason]);
    await until(() => events.length === 2);
    expect(events.map(({ code: why }) => why)).toEqual([reason, reason]);
  }); // prettier-ignore

  test('ends when the record is gone', async () => {
    const { plane, adapters, get } = await busy();
    adapters.delete('weather');
    plane.review();
    expect(await get).toBe('data: 1\n\n');
    await until(() => plane.openRequests() === 0);
  });

  test('ends with the token, but for calls that have no answer yet', async () => {
    const clock = { at: Date.now() };
    const headers = { ...BOB, 'X-Test-Expires': String(clock.at + 1000) };
    const { plane, endings, get, post } = await busy(headers, () => clock.at);
    plane.review();
    expect(endings).toEqual([]);
    clock.at += 1000;
    plane.review();
    expect(await get).toBe('data: 1\n\n');
    expect(await post).toContain('"code":"unauthenticated"');
    await until(() => plane.openRequests() === 1);
    expect(endings).toEqual(['expired', 'expired']);
  });

  test('is opened anew where the rules about tools change', async () => {
    const { plane, adapters, get, endings } = await busy();
    adapters.set('weather', { ...adapterOf('weather'), lastUpdatedAt: LATER, deniedTools: { '*': ['x'] } }); // prettier-ignore
    plane.review();
    expect(await get).toBe('data: 1\n\n');
    expect(endings).toEqual(['rules']);
    expect(plane.openRequests()).toBe(2);
  });
});

test('a disabled adapter answers everybody with the reason', async () => {
  const { adapters, call, ups, close, events } = await setUp(1);
  cleanups.push(close);
  adapters.set('weather', { ...adapterOf('weather'), disabled });
  for (const headers of [{}, { 'Mcp-Session-Id': 'old' }]) {
    const answer = await call({ body: BODY, headers });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await answer.json()).toMatchObject({
      id: 'seven',
      error: { message: 'Adapter weather is disabled: under attack', data: { code: 'disabled' } },
    });
  }
  expect((await call({ headers: { 'X-Dev-UserId': 'eve' } })).status).toBe(403);
  expect(ups[0]!.requests).toHaveLength(0);
  await until(() => events.length === 3);
  expect(events[0]).toMatchObject({ outcome: 'denied', code: 'disabled' });
});
