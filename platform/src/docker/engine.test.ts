import { expect, test } from '@jest/globals';
import { dockerAnswers, dockerEngine } from './engine.ts';

test('an engine that is not there does not answer', async () => {
  expect(await dockerAnswers('unix:///nowhere/docker.sock')).toBe(false);
  expect(await dockerAnswers('tcp://127.0.0.1:9')).toBe(false);
});

test.each(['tcp://10.0.0.1:2375', 'ssh://host', 'docker'])(
  'an engine elsewhere is refused, since its containers could not be reached: %s',
  async (host) => {
    expect(() => dockerEngine(host)).toThrow(/DOCKER_HOST/);
    expect(await dockerAnswers(host)).toBe(false);
  },
);
