import { describe, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describeOrchestrator } from '@mcp-gateway/core/testing/orchestrator';
import { dockerOrchestrator } from '@mcp-gateway/platform/docker/orchestrator';
import { buildImage, dockerHere } from '../support/docker.ts';
import { startImageRegistry } from '../support/image-registry.ts';

const ECHO = new URL('../../platform/src/process/fixtures/echo-server.mjs', import.meta.url);
const docker = await dockerHere();

if (docker) {
  describeOrchestrator('Docker', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mcp-gateway-docker-'));
    const registry = await startImageRegistry();
    const image = (name: string) => ({ name: `suite-${name}`, version: '1.0' });
    const tag = (name: string) => `${registry.host}/suite-${name}:1.0`;
    await buildImage(docker, tag('echo'), ['node', 'echo-server.mjs'], [ECHO.pathname]);
    await buildImage(docker, tag('crashing'), ['sh', '-c', 'echo cannot go on; exit 3']);
    await buildImage(docker, tag('never-ready'), ['sleep', '600']);
    const orchestrator = await dockerOrchestrator({
      dockerHost: process.env.DOCKER_HOST,
      dataDir,
      registry: registry.host,
      secrets: () => ({}),
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
      timings: { backOff: 500, drain: 200, grace: 2_000 },
    });
    return {
      orchestrator,
      images: {
        echo: image('echo'),
        crashing: image('crashing'),
        neverReady: image('never-ready'),
        unknown: image('nobody-made-this'),
      },
      deadlineMs: 30_000,
      close: async () => {
        await orchestrator.close();
        for (const name of ['echo', 'crashing', 'never-ready']) {
          await docker.getImage(tag(name)).remove({ force: true });
        }
        await registry.close();
        rmSync(dataDir, { recursive: true });
      },
    };
  });
} else {
  describe('Docker', () => test.skip('needs a Docker engine', () => undefined));
}
