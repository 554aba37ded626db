import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const script = resolve(import.meta.dirname, '../../scripts/install-when-stale.mjs');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stale-'));
  await mkdir(join(folder, 'dep'));
  await writeFile(join(folder, 'dep/package.json'), '{"name":"dep","version":"1.0.0"}');
  await writeFile(
    join(folder, 'package.json'),
    '{"name":"x","version":"1.0.0","dependencies":{"dep":"file:dep"}}',
  );
  run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--offline']);
});

afterEach(async () => rm(folder, { recursive: true }));

test('a fresh clone is installed, a current one is left alone, a newer lock file installs again', async () => {
  expect(install()).toEqual({ status: 0, installed: true });
  expect(install()).toEqual({ status: 0, installed: false });
  const later = new Date(Date.now() + 60_000);
  await utimes(join(folder, 'package-lock.json'), later, later);
  expect(install()).toEqual({ status: 0, installed: true });
}, 60_000);

test('a failed installation fails the command', async () => {
  await writeFile(join(folder, 'package-lock.json'), 'not JSON');
  expect(install().status).not.toBe(0);
}, 60_000);

function install(): { status: number | null; installed: boolean } {
  const { status, stderr } = run(process.execPath, [script]);
  return { status, installed: stderr.includes('npm ci') };
}

function run(command: string, args: readonly string[]) {
  return spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: undefined },
  });
}
