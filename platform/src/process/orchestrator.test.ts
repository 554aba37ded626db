import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOrchestrator } from '@mcp-gateway/core/testing/orchestrator';
import { imageCatalogue } from './images.ts';
import { processOrchestrator } from './orchestrator.ts';

const ECHO = new URL('./fixtures/echo-server.mjs', import.meta.url).pathname;

describeOrchestrator('Processes', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-gateway-processes-'));
  const run = (...command: string[]) => ({ command, cwd: dataDir });
  const quiet = () => undefined;
  const orchestrator = await processOrchestrator({
    dataDir,
    images: imageCatalogue({
      file: join(dataDir, 'local-images.json'),
      builtIn: {
        echo: run(process.execPath, ECHO),
        crashing: run('sh', '-c', 'echo cannot go on; exit 3'),
        'never-ready': run('sleep', '600'),
      },
    }),
    environment: { PATH: process.env.PATH ?? '' },
    log: { debug: quiet, info: quiet, warn: quiet, error: console.error },
    timings: { backOff: 100, drain: 100 },
  });
  const image = (name: string) => ({ name, version: '1.0' });
  return {
    orchestrator,
    images: {
      echo: image('echo'),
      crashing: image('crashing'),
      neverReady: image('never-ready'),
      unknown: image('nobody-made-this'),
    },
    deadlineMs: 15_000,
    close: async () => {
      await orchestrator.close();
      rmSync(dataDir, { recursive: true });
    },
  };
});
