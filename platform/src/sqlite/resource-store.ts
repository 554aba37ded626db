import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { readable, readablePage } from '@mcp-gateway/core/ports/resource-store';
import type { ResourceStore, Stored } from '@mcp-gateway/core/ports/resource-store';
import { isBusy } from './database.ts';
import type { SqliteDatabase } from './database.ts';

const Row = z.object({ name: z.string(), etag: z.string(), value: z.string() });
type Row = z.output<typeof Row>;

/** The resources of one `collection` in `database`; what is read is checked against `schema`. */
export function resourceStore<T extends { readonly name: string }>(
  database: SqliteDatabase,
  collection: string,
  schema: z.ZodType<T>,
): ResourceStore<T> {
  const sql = statements(database.connection);
  const opened = (row: Row): Stored<T> => openRow(row, collection, schema);
  const refuse = (name: string): never => {
    throw sql.get.get(collection, name) === undefined
      ? new GatewayError('not_found', `There is no '${name}'.`)
      : new GatewayError('precondition_failed', `'${name}' was changed by somebody else.`);
  };

  return {
    get: (name) =>
      attempt(() => {
        const row = sql.get.get(collection, name);
        return row && opened(Row.parse(row));
      }),
    list: (options = {}) =>
      readablePage(options, (after, limit) =>
        attempt(() =>
          sql.list.all(collection, after, limit).map((found) => {
            const row = Row.parse(found);
            return { name: row.name, open: () => opened(row) };
          }),
        ),
      ),
    versions: () =>
      attempt(() => {
        const rows = sql.versions.all(collection) as { name: string; etag: string }[]; // as selected
        return new Map(rows.map(({ name, etag }) => [name, etag]));
      }),
    create: (value) =>
      attempt(() => {
        const etag = randomUUID();
        const { changes } = sql.create.run(collection, value.name, etag, JSON.stringify(value));
        if (changes === 0) throw new GatewayError('conflict', `'${value.name}' exists already.`);
        return { value, etag };
      }),
    replace: (value, known) =>
      attempt(() => {
        const etag = randomUUID();
        const { name } = value;
        const { changes } = sql.replace.run(etag, JSON.stringify(value), collection, name, known);
        return changes === 0 ? refuse(name) : { value, etag };
      }),
    delete: (name, known) =>
      attempt(() => {
        if (sql.delete.run(collection, name, known).changes === 0) refuse(name);
      }),
  };
}

function statements(connection: DatabaseSync) {
  return {
    get: connection.prepare(
      'SELECT name, etag, value FROM resources WHERE collection = ? AND name = ?',
    ),
    list: connection.prepare(
      'SELECT name, etag, value FROM resources WHERE collection = ? AND name > ? ORDER BY name LIMIT ?',
    ),
    versions: connection.prepare('SELECT name, etag FROM resources WHERE collection = ?'),
    create: connection.prepare(
      'INSERT INTO resources (collection, name, etag, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    replace: connection.prepare(
      'UPDATE resources SET etag = ?, value = ? WHERE collection = ? AND name = ? AND etag = ?',
    ),
    delete: connection.prepare(
      'DELETE FROM resources WHERE collection = ? AND name = ? AND etag = ?',
    ),
  };
}

function openRow<T extends { readonly name: string }>(
  { name, etag, value }: Row,
  collection: string,
  schema: z.ZodType<T>,
): Stored<T> {
  return { value: readable(name, collection, () => schema.parse(JSON.parse(value))), etag };
}

/** Statements run at once; a file that is locked for too long is a passing trouble of the caller's request. */
function attempt<R>(act: () => R): Promise<R> {
  return new Promise((resolve) => {
    resolve(act());
  }).catch((cause: unknown) => {
    if (!isBusy(cause)) throw cause;
    throw new GatewayError('unavailable', 'The store is busy, try again.', {
      cause,
      retryAfterSeconds: 1,
    });
  }) as Promise<R>; // `catch` widens: its callback never returns
}
