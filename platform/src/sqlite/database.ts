import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Each step brings a file from the version that is its index to the next; steps are only ever added. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE resources (
     collection TEXT NOT NULL,
     name TEXT NOT NULL,
     etag TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (collection, name)
   ) STRICT, WITHOUT ROWID`,
];

/** How long a writer waits for another process that is writing. */
const BUSY_TIMEOUT_MS = 5_000;

/** One SQLite file of resources; several processes may have it open. */
export interface SqliteDatabase {
  readonly file: string;
  readonly connection: DatabaseSync;
  close: () => void;
}

/** Opens `file`, making it (mode 0600) or bringing it to the current version as needed; throws an error that names the file. */
export function openDatabase(file: string): SqliteDatabase {
  const connection = open(file);
  return {
    file,
    connection,
    close: () => {
      if (connection.isOpen) connection.close();
    },
  };
}

/**
 * Opens `file` for reading alone; throws while it is not there yet, and for another version than this program knows, since
 * only who writes may change it.
 */
export function openDatabaseForReading(file: string): SqliteDatabase {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  const found = versionOf(connection);
  if (found !== MIGRATIONS.length) {
    connection.close();
    throw new Error(`The database ${file} has version ${found}, not ${MIGRATIONS.length}.`);
  }
  return { file, connection, close: () => connection.close() };
}

function open(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    createPrivately(file);
    connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    configure(connection);
    migrate(connection);
    return connection;
  } catch (cause) {
    connection?.close();
    throw new Error(`The database ${file} cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/** SQLite gives its side files the mode of the main file, so that one is made before SQLite can. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

/** FULL: a write is acknowledged once it would survive a power cut; writes are rare here, so the sync is affordable. */
function configure(connection: DatabaseSync): void {
  switchToWal(connection);
  connection.exec('PRAGMA synchronous = FULL');
}

/** Of processes that open a new file at once, SQLite tells all but one `busy` here without waiting. */
function switchToWal(connection: DatabaseSync): void {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function migrate(connection: DatabaseSync): void {
  const known = MIGRATIONS.length;
  if (versionOf(connection) === known) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    const found = versionOf(connection);
    if (found > known) {
      throw new Error(
        `it has version ${found} and this program knows versions up to ${known}; use the newer program`,
      );
    }
    for (const step of MIGRATIONS.slice(found)) connection.exec(step);
    connection.exec(`PRAGMA user_version = ${known}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.user_version);
}

const SQLITE_BUSY = 5;

/** True when another process held the file for too long. */
export function isBusy(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'errcode' in error &&
    error.errcode === SQLITE_BUSY
  );
}

function messageOf(error: unknown): string {
  return String(error).replace(/^Error: /, '');
}
