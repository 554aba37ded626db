import { memoryStore } from './memory-store.ts';
import { describeResourceStore, type Sample } from './resource-store.ts';

describeResourceStore('memory', () => {
  const { store, spoil } = memoryStore<Sample>();
  return {
    store,
    spoil,
    sameData: store,
    otherKind: memoryStore<Sample>().store,
    close: () => undefined,
  };
});
