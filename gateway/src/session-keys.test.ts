import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionKeysFrom } from './session-keys.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  file = join(folder, 'session-keys');
});

afterEach(async () => rm(folder, { recursive: true }));

test('a key is made once, for this user alone, and nothing else stays behind', async () => {
  const [key] = await sessionKeysFrom(file);
  expect(key).toHaveLength(32);
  expect(await sessionKeysFrom(file)).toEqual([key]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['session-keys']);
});

test('of gateways that start at the same time all have the same key', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => sessionKeysFrom(file)));
  expect(new Set(keys.map(([key]) => key?.toString('hex'))).size).toBe(1);
  expect(await readdir(folder)).toEqual(['session-keys']);
});

test('further lines are further keys, and what is no key is refused without being shown', async () => {
  const lines = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  await writeFile(file, lines.map((key) => key.toString('base64')).join('\n'));
  expect(await sessionKeysFrom(file)).toEqual(lines);
  await writeFile(file, 'dG9vIHNob3J0\n');
  await expect(sessionKeysFrom(file)).rejects.toThrow(/^(?!.*dG9v).*32 bytes/);
  await writeFile(file, '');
  await expect(sessionKeysFrom(file)).rejects.toThrow('32 bytes');
});
