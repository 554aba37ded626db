import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Sample, describeResourceStore } from '@mcp-gateway/core/testing/resource-store';
import { openDatabase } from './database.ts';
import { resourceStore } from './resource-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describeResourceStore('SQLite', () => {
  const databases = [0, 1].map(() => openDatabase(join(folder, 'gateway.sqlite')));
  return {
    store: resourceStore(databases[0]!, 'samples', Sample),
    sameData: resourceStore(databases[1]!, 'samples', Sample),
    otherKind: resourceStore(databases[0]!, 'others', Sample),
    spoil: (name, content) => {
      databases[0]!.connection
        .prepare(`INSERT INTO resources VALUES ('samples', ?, 'etag', ?)`)
        .run(name, JSON.stringify(content));
    },
    close: () => databases.forEach((database) => database.close()),
  };
});

test('a stored value that is not what the program expects is an error that names it', async () => {
  const database = openDatabase(join(folder, 'gateway.sqlite'));
  database.connection.exec(
    `INSERT INTO resources VALUES ('samples', 'odd', 'e1', '{"name":"odd"}'), ('samples', 'torn', 'e2', '{')`,
  );
  const store = resourceStore(database, 'samples', Sample);
  await expect(store.get('odd')).rejects.toThrow("The stored 'odd' of samples is not valid");
  await expect(store.get('torn')).rejects.toThrow("The stored 'torn' of samples is not valid");
  await expect(store.get('torn')).rejects.toMatchObject({ code: 'unavailable' });
  database.close();
});

test('every acknowledged write survives kill -9, of several writers at once', async () => {
  const file = join(folder, 'gateway.sqlite');
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < 4; round++) {
    const writers = ['left', 'right'].map((who) => startWriter(file, `${who}-${round}`));
    await Promise.all(writers.map((writer) => collect(writer, acknowledged, 20 + 30 * round)));
  }
  const database = openDatabase(file);
  expect(database.connection.prepare('PRAGMA integrity_check').get()).toEqual({
    integrity_check: 'ok',
  });
  const store = resourceStore(database, 'samples', Sample);
  expect(acknowledged.size).toBeGreaterThan(100);
  for (const [name, etag] of acknowledged) expect((await store.get(name))?.etag).toBe(etag);
  database.close();
}, 60_000);

const WRITER = new URL('./fixtures/writer.mjs', import.meta.url).pathname;

function startWriter(file: string, prefix: string): ChildProcess {
  return spawn(process.execPath, [WRITER, file, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills `writer` once it has acknowledged `count` writes, and keeps all that it acknowledged. */
async function collect(writer: ChildProcess, into: Map<string, string>, count: number) {
  const gone = once(writer, 'exit');
  let seen = 0;
  for await (const line of createInterface({ input: writer.stdout! })) {
    const [name, etag] = line.split(' ');
    if (name === undefined || etag?.length !== 36) continue;
    into.set(name, etag);
    if (++seen === count) writer.kill('SIGKILL');
  }
  await gone;
  expect(writer.signalCode).toBe('SIGKILL');
}
