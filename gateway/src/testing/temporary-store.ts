import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Adapter } from '@mcp-gateway/core/domain/adapter';
import { Tool } from '@mcp-gateway/core/domain/tool';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { openDatabase } from '@mcp-gateway/platform/sqlite/database';
import { resourceStore } from '@mcp-gateway/platform/sqlite/resource-store';

/** The stores that one machine has, in a folder of its own. */
export interface TemporaryStore {
  readonly store: ResourceStore<Adapter>;
  readonly tools: ResourceStore<Tool>;
  /** Makes a record unreadable, as a newer program or a fault might. */
  readonly spoil: (name: string) => void;
  readonly remove: () => void;
}

/** Empty stores; `remove` it after the test. */
export function temporaryStore(): TemporaryStore {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  const database = openDatabase(join(folder, 'resources.sqlite'));
  return {
    store: resourceStore(database, 'adapters', Adapter),
    tools: resourceStore(database, 'tools', Tool),
    spoil: (name) =>
      void database.connection
        .prepare(`UPDATE resources SET value = '{"odd":1}' WHERE name = ?`)
        .run(name),
    remove: () => {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
