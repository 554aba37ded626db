import { crash } from '../child/crash.ts';
import type { Child } from '../child/child.ts';
import { hear } from '../child/hear.ts';
import { discoverRequest } from '../era-probe.ts';
import type { Refusal } from '../http/answer.ts';

const PRIME_ID = 'bridge-prime';

/**
 * Makes a fresh child a modern one: a server that speaks both eras stays in that of the first message it sees, so that
 * is ours. Resolves with why it failed; the child is then ended.
 */
export async function prime(
  child: Child,
  version: string,
  timeoutMs: number,
): Promise<Refusal | undefined> {
  const { promise, resolve } = Promise.withResolvers<Refusal | undefined>();
  hear(child, {
    // Even an error: it has understood the question, and whether it likes the clients' is theirs to see.
    response: ({ message }) => message.id === PRIME_ID && resolve(undefined),
    statement: () => undefined,
    exit: (exit) => resolve(crash(exit)),
  });
  const early = child.exited();
  if (early) return crash(early);
  child.send(discoverRequest(PRIME_ID, version));
  const timeout = setTimeout(() => {
    resolve({ status: 504, message: `The server did not answer within ${timeoutMs / 1000} s` });
    void child.end();
  }, timeoutMs);
  const refusal = await promise;
  clearTimeout(timeout);
  return refusal;
}
