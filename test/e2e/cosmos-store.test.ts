import { afterAll, beforeAll } from '@jest/globals';
import { pino } from 'pino';
import { describeResourceStore, Sample } from '@mcp-gateway/core/testing/resource-store';
import { openCosmos } from '@mcp-gateway/platform/cosmos/cosmos';
import { startCosmosServer } from '../support/cosmos.ts';
import type { CosmosServer } from '../support/cosmos.ts';

let server: CosmosServer;
let made = 0;
beforeAll(async () => {
  server = await startCosmosServer([]);
});
afterAll(() => server.close());

describeResourceStore('Cosmos DB', async () => {
  const containers = [`Adapter${++made}`, `Tool${made}`];
  await server.provide(containers);
  const open = () =>
    openCosmos({ ...server, timeoutSeconds: 15, containers, log: pino({ level: 'silent' }) });
  const [one, two] = [await open(), await open()];
  return {
    store: one.store(containers[0]!, Sample),
    sameData: two.store(containers[0]!, Sample),
    spoil: (id, content) => server.put(containers[0]!, { ...content, id }),
    otherKind: two.store(containers[1]!, Sample),
    close: () => {
      one.close();
      two.close();
    },
  };
});
