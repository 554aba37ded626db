import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';

const MAIN = resolve(import.meta.dirname, '../../gateway/src/main.ts');

test('SIGTERM ends the gateway also when nobody reads its log and its audit any more', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, HOME, PORT: '0', MANAGEMENT_PORT: '0', DATA_DIR: dataDir, AUDIT_LOG: 'stdout' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    let url = '';
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('"listening"')) continue;
      ({ url } = JSON.parse(line) as { url: string });
      break;
    }
    child.stdout.destroy();
    for (let n = 0; n < 3; n++) {
      expect((await fetch(`${url}/adapters/none/mcp`, { method: 'POST', body: '{' })).status).toBe(404); // prettier-ignore
      expect((await fetch(`${url}/adapters/none`, { method: 'DELETE' })).status).toBe(404);
    }
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);
