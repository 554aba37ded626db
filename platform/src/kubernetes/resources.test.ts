import { expect, test } from '@jest/globals';
import { resources } from './resources.ts';

const defaults = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } };

test('who asks for nothing gets the defaults', () => {
  expect(resources(undefined, defaults)).toEqual(defaults);
});

test('a limit below the default request is a request, too, since no request may exceed its limit', () => {
  expect(resources({ limits: { memory: '64Mi' } }, defaults)).toEqual({
    requests: { cpu: '100m', memory: '64Mi' },
    limits: { memory: '64Mi' },
  });
});

test('a request above the default limit moves that limit', () => {
  expect(resources({ requests: { memory: '2Gi' } }, defaults).limits).toEqual({ memory: '2Gi' });
});

test('CPU is not limited unless somebody asks for it', () => {
  expect(resources({ requests: { cpu: '2' } }, defaults).limits).toEqual({ memory: '1Gi' });
  expect(resources({ limits: { cpu: '2' } }, defaults).limits.cpu).toBe('2');
});
