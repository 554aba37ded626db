import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, openDatabaseForReading } from './database.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-database-'));
  file = join(folder, 'state', 'gateway.sqlite');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

test('a new file and its side files are for their owner alone', () => {
  const database = openDatabase(file);
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
  database.close();
});

test('closing twice is harmless', () => {
  const database = openDatabase(file);
  database.close();
  database.close();
  expect(database.connection.isOpen).toBe(false);
});

test('a file of a newer program is refused with both versions, and left as it is', () => {
  openDatabase(file).close();
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  expect(() => openDatabase(file)).toThrow(
    new RegExp(`${file} cannot be used: it has version 99 .* up to 1;`),
  );
  const after = new DatabaseSync(file);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  after.close();
});

test('a file that is no database is refused by name, and left as it is', () => {
  mkdirSync(join(folder, 'state'));
  writeFileSync(file, 'This is a letter, not a database. '.repeat(100));
  expect(() => openDatabase(file)).toThrow(`${file} cannot be used: file is not a database`);
  expect(statSync(file).size).toBe(3_400);
});

test('a path that cannot be written is refused by name', () => {
  writeFileSync(join(folder, 'state'), 'a file where the folder should be');
  expect(() => openDatabase(file)).toThrow(`${file} cannot be used: `);
});

test('a file opened for reading shows what others write and cannot be written to', () => {
  expect(() => openDatabaseForReading(file)).toThrow();
  const writer = openDatabase(file);
  const reader = openDatabaseForReading(file);
  const insert = "INSERT INTO resources VALUES ('tools', 'x', '1', '{}')";
  expect(() => reader.connection.exec(insert)).toThrow('readonly');
  writer.connection.exec(insert);
  expect(reader.connection.prepare('SELECT name FROM resources').all()).toEqual([{ name: 'x' }]);
  reader.close();
  writer.close();
});

test('a file of another version is not read', () => {
  openDatabase(file).close();
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  expect(() => openDatabaseForReading(file)).toThrow('version 99');
});
