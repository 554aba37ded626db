import { expect, test } from '@jest/globals';
import { progressMessage } from './image-pulls.ts';

test('progress counts layers and what is under way', () => {
  const lines = new Map([
    ['1.0', { status: 'Pulling from team/weather' }],
    ['0123456789ab', { status: 'Already exists' }],
    ['1123456789ab', { status: 'Pull complete' }],
    ['2123456789ab', { status: 'Downloading', progressDetail: { current: 12_300_000 } }],
    ['3123456789ab', { status: 'Waiting' }],
  ]);
  expect(progressMessage('weather:1.0', lines)).toBe(
    'pulling weather:1.0: layer 2/4, 12.3 MB under way',
  );
  expect(progressMessage('weather:1.0', new Map())).toBe('pulling weather:1.0');
});
