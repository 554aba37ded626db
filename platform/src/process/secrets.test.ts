import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SecretError, secretValue } from './secrets.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mcp-gateway-secrets-'));
  folder = join(root, 'secrets');
  mkdirSync(join(folder, 'api'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, value: string | Buffer) => writeFileSync(join(folder, path), value);

test.each([
  ['hush', 'hush'],
  ['hush\n', 'hush'],
  ['hush\r\n', 'hush'],
  ['two\nlines\n\n', 'two\nlines\n'],
  [' spaces ', ' spaces '],
  ['', ''],
])('the file %j has the value %j', (content, value) => {
  put('api/key', content);
  expect(secretValue(folder, 'api/key')).toBe(value);
});

test('a link within the folder is followed, as mounted secrets have them', () => {
  put('api/..data', 'hush');
  symlinkSync('..data', join(folder, 'api', 'key'));
  expect(secretValue(folder, 'api/key')).toBe('hush');
});

test('nothing outside the folder is read', () => {
  writeFileSync(join(root, 'outside'), 'not for you');
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere', 'key'), 'not for you');
  symlinkSync(join(root, 'outside'), join(folder, 'api', 'key'));
  symlinkSync(join(root, 'elsewhere'), join(folder, 'linked'));
  for (const reference of ['api/key', 'linked/key', '../outside', 'api/../../outside'])
    expect(() => secretValue(folder, reference)).toThrow(/leads out of/);
});

test('what cannot be a value is refused without showing it', () => {
  mkdirSync(join(folder, 'api', 'folder'));
  put('api/nul', 'a\0b');
  put('api/large', 'x'.repeat(64 * 1024 + 1));
  symlinkSync('loop', join(folder, 'api', 'loop'));
  const because = {
    'api/none': /make the file .*api\/none/,
    'none/at-all': /make the file/,
    'api/folder': /make the file/,
    'api/loop': /make the file/,
    'api/nul': /contains NUL/,
    'api/large': /larger than 65536 bytes/,
  };
  for (const [reference, why] of Object.entries(because)) {
    expect(() => secretValue(folder, reference)).toThrow(SecretError);
    expect(() => secretValue(folder, reference)).toThrow(why);
  }
  expect(() => secretValue(join(root, 'no-folder'), 'api/key')).toThrow(SecretError);
});
