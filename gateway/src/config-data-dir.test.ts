import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { prepareDataDir } from './config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-dir-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the folder of all state is made with its parents, for this user alone, by whoever comes first', async () => {
  const made = join(folder, 'a/b/c');
  await Promise.all([prepareDataDir(made), prepareDataDir(made)]);
  expect(statSync(made).mode & 0o777).toBe(0o700);
  await prepareDataDir(made);
});

test('a folder that is a file, or below one, is a mistake in the settings', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(prepareDataDir(file)).rejects.toThrow(SettingsError);
  await expect(prepareDataDir(join(file, 'a/b'))).rejects.toThrow(/DATA_DIR: .*\(ENOTDIR\)/);
});

// Only Linux has a /proc, where Node's own attempt to make folders never ends.
const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux(
  'where nothing can be made is a mistake in the settings, not an endless attempt',
  async () => {
    await expect(prepareDataDir('/proc/data/dir')).rejects.toThrow(/DATA_DIR: .*\(ENOENT\)/);
  },
  10_000,
);
