import { expect, test } from '@jest/globals';
import { memoryStore } from '@mcp-gateway/core/testing/memory-store';
import { catalogue, type CatalogueAdapter, type CatalogueTool } from './catalogue.ts';
import { silent } from './testing/running-router.ts';

const TOOL: CatalogueTool = {
  name: 'weather',
  uid: 'u',
  createdBy: 'alice',
  requiredRoles: [],
  toolDefinition: { tool: { name: 'weather', inputSchema: { type: 'object' } } },
};

/** A catalogue over stores that count how often they are read whole. */
function setup() {
  let lists = 0;
  const tools = memoryStore<CatalogueTool>();
  const adapters = memoryStore<CatalogueAdapter>();
  const counted = {
    ...tools.store,
    list: (options?: Parameters<typeof tools.store.list>[0]) => {
      lists += 1;
      return tools.store.list(options);
    },
  };
  const stores = { tools: counted, adapters: adapters.store };
  const known = catalogue(() => Promise.resolve(stores), silent);
  return { known, tools, lists: () => lists };
}

test('a store is read whole only when a version in it has changed', async () => {
  const { known, tools, lists } = setup();
  const { etag } = await tools.store.create(TOOL);
  await known.refresh();
  const first = known.tool('weather');
  const read = lists();
  expect(read).toBeGreaterThan(0);
  await known.refresh();
  expect(lists()).toBe(read);
  expect(known.tool('weather')).toBe(first);
  await tools.store.replace({ ...TOOL, requiredRoles: ['team'] }, etag);
  await known.refresh();
  expect(lists()).toBeGreaterThan(read);
  expect(known.tool('weather')?.value.requiredRoles).toEqual(['team']);
});

test('an empty store that was read is known to be empty', async () => {
  const { known } = setup();
  expect(known.known()).toBe(false);
  await known.refresh();
  expect(known.known()).toBe(true);
  expect(known.tools()).toEqual([]);
});

test('a record that becomes unreadable stays as it was known', async () => {
  const { known, tools } = setup();
  await tools.store.create(TOOL);
  await known.refresh();
  tools.spoil('weather');
  await known.refresh();
  expect(known.tool('weather')?.value).toEqual(TOOL);
});
