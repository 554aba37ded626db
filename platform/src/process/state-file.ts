import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const VERSION = 1;
const BUSY_TIMEOUT_MS = 5_000;

/** What gateways of one machine tell each other; nothing in it outlives the last of them but what has to be ended. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS gateways (
    id TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS supervisor (
    one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, beat INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO supervisor VALUES (1, '', 0);
  CREATE TABLE IF NOT EXISTS workloads (
    object TEXT PRIMARY KEY, revision INTEGER NOT NULL, removed INTEGER NOT NULL, spec TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS replicas (
    object TEXT NOT NULL, ordinal INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (object, ordinal)
  ) STRICT;
`;

/** Opens the state that the gateways of one machine share; throws an error that names the file. */
export function openStateFile(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    prepare(connection);
    return connection;
  } catch (cause) {
    connection?.close();
    throw new Error(
      `The file of running processes ${file} cannot be used: ${String(cause).replace(/^Error: /, '')}`,
      { cause },
    );
  }
}

/** NORMAL: a power cut ends the processes too, so only the file itself has to survive it. */
function prepare(connection: DatabaseSync): void {
  switchToWal(connection);
  connection.exec('PRAGMA synchronous = NORMAL');
  transaction(connection, () => {
    const found = Number(connection.prepare('PRAGMA user_version').get()?.user_version);
    if (found > VERSION) {
      throw new Error(
        `it has version ${found} and this program knows version ${VERSION}; use the newer program`,
      );
    }
    connection.exec(TABLES);
    connection.exec(`PRAGMA user_version = ${VERSION}`);
  });
}

/** Of processes that open a new file at once, SQLite tells all but one `busy` here without waiting. */
function switchToWal(connection: DatabaseSync): void {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!String(error).includes('locked') || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** Runs `act` so that other processes see all of its writes or none. */
export function transaction<R>(connection: DatabaseSync, act: () => R): R {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}
