import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Adapter, AdapterSpec } from '@mcp-gateway/core/domain/adapter';
import { openDatabase } from '@mcp-gateway/platform/sqlite/database';
import { resourceStore } from '@mcp-gateway/platform/sqlite/resource-store';
import { startGateway, type RunningGateway } from '../support/gateway.ts';

const COUNT = 10_000;
const SECOND = 1000;
let dataDir: string;
let gateway: RunningGateway;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'many-adapters-'));
  await fill(join(dataDir, 'resources.sqlite'));
  gateway = await startGateway({ env: { DATA_DIR: dataDir } });
}, 120 * SECOND);
afterAll(async () => {
  await gateway.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 60 * SECOND);

test(
  'of ten thousand adapters the first page comes, also during a round of repair',
  async () => {
    for (let round = 0; round < 5; round++) {
      const answer = await fetch(`${gateway.url}/adapters?limit=100`);
      const page = (await answer.json()) as { name: string }[];
      expect(page.map(({ name }) => name)).toEqual(
        Array.from({ length: 100 }, (_, i) => nameOf(i)),
      );
    }
  },
  30 * SECOND,
);

test('they take little memory', () => {
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  expect(megabytes).toBeLessThan(600);
});

const nameOf = (index: number): string => `adapter-${String(index).padStart(5, '0')}`;

/** In one transaction, since each on its own would be synced to the disk. */
async function fill(file: string): Promise<void> {
  const database = openDatabase(file);
  const store = resourceStore(database, 'adapters', Adapter);
  database.connection.exec('BEGIN');
  for (let index = 0; index < COUNT; index++) await store.create(adapter(index));
  database.connection.exec('COMMIT');
  database.close();
}

function adapter(index: number): Adapter {
  const at = '2026-01-01T00:00:00.000Z';
  const spec = AdapterSpec.parse({
    name: nameOf(index),
    imageName: 'mcp-example',
    imageVersion: '1.0.0',
    replicaCount: 0,
    description: 'One of many, with a description of the usual length.',
    environmentVariables: { LEVEL: 'info', REGION: 'westeurope' },
    requiredRoles: ['team.blue'],
  });
  return { ...spec, uid: `uid-${index}`, createdBy: 'dev', createdAt: at, lastUpdatedAt: at };
}
