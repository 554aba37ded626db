import { expect, test } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { lifted } from './lifted.ts';

const later = { origin: pulumi.output('https://mcp.example.com'), image: 'gateway@sha256:0' };

const valueOf = <T>(value: pulumi.Input<T>): Promise<unknown> =>
  new Promise((resolve) => {
    pulumi.output(value).apply((known) => resolve(known));
  });

test('what a function was told is in its result, alone and within other text', async () => {
  const object = lifted(later, ({ origin, image }) => ({
    image,
    env: [{ name: 'URL', value: `${origin}/mcp?from=${origin}` }],
  }));
  expect(await valueOf(object)).toEqual({
    image: 'gateway@sha256:0',
    env: [{ name: 'URL', value: 'https://mcp.example.com/mcp?from=https://mcp.example.com' }],
  });
});

test('everything else stays what it is', async () => {
  const object = { count: 3, on: true, nothing: null, list: [1, 'two'], empty: '' };
  expect(await valueOf(lifted(later, () => object))).toEqual(object);
});

test('the shape is there before the values are', () => {
  const object = lifted(later, ({ origin }) => ({ kind: 'Service', url: origin })) as { kind: string; url: unknown }; // prettier-ignore
  expect(object.kind).toBe('Service');
  expect(pulumi.Output.isInstance(object.url)).toBe(true);
});
