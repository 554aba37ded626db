import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send as sendTo, type Extras, type Sent } from '../testing/send.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

const send = (method: string, path: string, extras: Extras = {}): Promise<Sent> =>
  sendTo(method, `${api.url}${path}`, extras);

const IMAGE = { imageName: 'weather-tool', imageVersion: '1.0.0' };

async function addTool(name: string, description: string, as = 'ann'): Promise<void> {
  const tool = {
    name,
    description,
    inputSchema: { type: 'object', properties: { placeName: {} } },
  };
  const body = { ...IMAGE, name, requiredRoles: ['team'], toolDefinition: { tool } };
  expect((await send('POST', '/tools', { body, as })).status).toBe(201);
}

const namesIn = ({ body }: Sent): readonly string[] =>
  (body as unknown as { name: string }[]).map(({ name }) => name); // a list

/** All pages, by following the links. */
async function pages(
  path: string,
  between: (page: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: Sent = await send('GET', next);
    expect(page.status).toBe(200);
    found.push(namesIn(page));
    await between(found.length);
    next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
  }
  return found;
}

test('words find tools by name, description and parameters, best first', async () => {
  await addTool('clock', 'Tells the time, whatever the weather');
  await addTool('weather', 'Tells of rain');
  await addTool('invoice', 'Makes a bill');
  expect(namesIn(await send('GET', '/tools?search=weather'))).toEqual(['weather', 'clock']);
  expect(namesIn(await send('GET', '/tools?search=wether'))).toEqual(['weather', 'clock']);
  expect(namesIn(await send('GET', '/tools?search=bill+rain'))).toHaveLength(2);
  expect(namesIn(await send('GET', '/tools?search=place'))).toEqual(['clock', 'invoice', 'weather']); // prettier-ignore
  expect(namesIn(await send('GET', '/tools?search=zebra'))).toEqual([]);
});

test('adapters are found by name and description, and as they are shown', async () => {
  const environmentVariables = { KEY: 'sesame-4711' };
  const body = { ...IMAGE, name: 'mail', description: 'Sends letters', environmentVariables, requiredRoles: ['team'] }; // prettier-ignore
  await send('POST', '/adapters', { body });
  await send('POST', '/adapters', { body: { ...body, name: 'other', description: '' } });
  const found = await send('GET', '/adapters?search=letter', { as: 'bob', headers: { 'x-dev-roles': 'team' } }); // prettier-ignore
  expect(namesIn(found)).toEqual(['mail']);
  expect(found.text).not.toContain('sesame');
});

test('what the caller may not read is never found and changes nothing in what is', async () => {
  await addTool('weather', 'rain rain');
  await addTool('umbrella', 'Against rain');
  const before = await send('GET', '/tools?search=rain+weather');
  for (const at of [...Array(10).keys()]) await addTool(`secret-${at}`, 'weather weather', 'eve');
  const after = await send('GET', '/tools?search=rain+weather');
  expect(after.text).toBe(before.text);
  expect(namesIn(await send('GET', '/tools?search=secret'))).toEqual([]);
  const eve = await send('GET', '/tools?search=rain', { as: 'eve' });
  expect(namesIn(eve)).toEqual([]);
  const shared = { as: 'bob', headers: { 'x-dev-roles': 'team' } };
  expect(namesIn(await send('GET', '/tools?search=secret', shared))).toHaveLength(10);
});

test('what is found comes in pages that link to the next', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await addTool(name, 'the same words');
  expect(await pages('/tools?search=same+words&limit=2')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(await pages('/tools?search=same+words')).toEqual([['a', 'b', 'c', 'd', 'e']]);
});

test('what goes between two pages neither repeats nor hides what stays', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await addTool(name, 'the same words');
  const first = await pages('/tools?search=words&limit=2', (page) => page === 1 ? send('DELETE', '/tools/a') : Promise.resolve()); // prettier-ignore
  expect(first).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  // Without the last one shown only the number says where the next page begins.
  const second = await pages('/tools?search=words&limit=2', (page) => page === 1 ? send('DELETE', '/tools/c') : Promise.resolve()); // prettier-ignore
  expect(second).toEqual([['b', 'c'], ['e']]);
});

test.each(['search=', 'search=%20', `search=${'x'.repeat(1001)}`, 'search=a&search=b'])(
  '?%s is refused, and the path says why',
  async (query) => {
    const answer = await send('GET', `/tools?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'search' }] } });
  },
);

test('a cursor of the one kind of list is refused by the other', async () => {
  for (const name of ['a', 'b', 'c']) await addTool(name, 'word');
  const cursorOf = async (query: string) =>
    /after=([^&>]+)/.exec((await send('GET', `/tools?${query}&limit=1`)).headers.get('link') ?? '')?.[1] ?? ''; // prettier-ignore
  const [found, listed] = [await cursorOf('search=word'), await cursorOf('')];
  expect((await send('GET', `/tools?after=${found}`)).status).toBe(400);
  expect((await send('GET', `/tools?search=word&after=${listed}`)).status).toBe(400);
  expect((await send('GET', `/tools?search=word&after=${found}`)).status).toBe(200);
});
