/** Something that a bag can hold; `slot` is the bag's own. */
export interface Slotted {
  slot: number;
}

/** What is open at the moment, in no order. */
export interface Bag<T extends Slotted> {
  add: (item: T) => void;
  remove: (item: T) => void;
  size: () => number;
  /** A copy, so that items may come and go while it is walked through. */
  items: () => readonly T[];
}

/**
 * An empty bag. A busy `Set` would do the same, but each table that it outgrows points to the next one, so what it
 * has forgotten long ago stays alive until a full garbage collection: that cost a third of the CPU of a relayed call.
 */
export function bag<T extends Slotted>(): Bag<T> {
  const held: T[] = [];
  return {
    add(item) {
      item.slot = held.length;
      held.push(item);
    },
    remove(item) {
      if (held[item.slot] !== item) return;
      const last = held.pop();
      if (last === undefined || last === item) return;
      last.slot = item.slot;
      held[item.slot] = last;
    },
    size: () => held.length,
    items: () => [...held],
  };
}
