import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Engine } from './engine.ts';
import { jsonLines } from './json-lines.ts';
import { scopeFilter } from './names.ts';

const AGAIN_MS = 500;

const ContainerEvent = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

/** Something happened to one of our containers. */
export interface Happening {
  /** Such as `start`, `die` or `destroy`. */
  readonly action: string;
  readonly id: string;
  /** Its labels, and more. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Tells what happens to the containers of `scope` until `signal`; calls `joined` whenever something may have been missed before. */
export async function watchContainers(
  engine: Engine,
  scope: string,
  { joined, happened }: { joined: () => void; happened: (happening: Happening) => void },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const filters = { type: ['container' as const], ...scopeFilter(scope) };
      const stream = await engine.streams.getEvents({ filters, abortSignal: signal });
      joined();
      for await (const line of jsonLines(stream as AsyncIterable<Buffer>)) {
        const { success, data } = ContainerEvent.safeParse(line);
        if (!success) continue;
        const { ID: id, Attributes: attributes } = data.Actor;
        happened({ action: data.Action, id, attributes });
      }
    } catch {
      // An engine that is away comes back, or the passes tell of it.
    }
    await delay(AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
