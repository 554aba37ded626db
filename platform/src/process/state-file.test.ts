import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStateFile } from './state-file.ts';

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'mcp-gateway-state-')), 'processes.sqlite');
});
afterEach(() => rmSync(join(file, '..'), { recursive: true }));

test('a file of a newer program is refused with both versions', () => {
  const connection = openStateFile(file);
  connection.exec('PRAGMA user_version = 99');
  connection.close();
  expect(() => openStateFile(file)).toThrow(
    new RegExp(`${file} cannot be used: it has version 99 and this program knows version 1;`),
  );
});

test('a file that is no database is refused by name', () => {
  writeFileSync(file, 'a letter '.repeat(1_000));
  expect(() => openStateFile(file)).toThrow(`${file} cannot be used: file is not a database`);
});
