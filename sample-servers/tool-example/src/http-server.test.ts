import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { toolServer } from './http-server.ts';
import { Weather } from './weather.ts';

let server: ReturnType<typeof toolServer>;
let url: string;

beforeEach(async () => {
  server = toolServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`; // TCP, so not a string
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const post = (body: string): Promise<Response> => fetch(url, { method: 'POST', body });

test('the weather of a place is structured, and the same when asked again', async () => {
  const first = await post('{"location":"Łódź"}');
  expect(first.headers.get('content-type')).toBe('application/json');
  const weather = Weather.parse(await first.json());
  expect(weather).toMatchObject({ location: 'Łódź', unit: 'celsius' });
  expect(await (await post('{"location":"Łódź"}')).json()).toEqual(weather);
});

test('the unit is the one that was asked for', async () => {
  const celsius = Weather.parse(await (await post('{"location":"Oslo"}')).json());
  const body = '{"location":"Oslo","unit":"fahrenheit"}';
  const fahrenheit = Weather.parse(await (await post(body)).json());
  expect(fahrenheit.temperature).toBe(Math.round(celsius.temperature * 1.8 + 32));
});

test.each(['', '{', '[]', '{"location":""}', '{"location":7}'])(
  '%j is answered with what is wrong',
  async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.any(String) });
  },
);

test('too long a body is refused, another path or method as well', async () => {
  expect((await post(' '.repeat(70_000))).status).toBe(413);
  expect((await fetch(url)).status).toBe(405);
  expect((await fetch(new URL('/other', url))).status).toBe(404);
  expect((await fetch(new URL('/readyz', url))).status).toBe(200);
});
