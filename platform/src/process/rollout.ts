import type { Replica } from './replica.ts';

/** Moves `replicas` towards `hash` by one step: what does not run well goes at once, what runs well one at a time. */
export function rollOut(replicas: readonly Replica[], hash: string): void {
  const isOld = (replica: Replica) => replica.record().hash !== hash;
  const isReady = (replica: Replica) => replica.record().phase === 'ready';
  const staying = replicas.filter((replica) => !replica.isLeaving());
  const old = staying.filter(isOld);
  for (const replica of old) if (!isReady(replica)) replica.renew();

  const fresh = staying.filter((replica) => !isOld(replica));
  const servesFresh = fresh.some(isReady);
  for (const replica of fresh) replica.setDraining(false);
  const oldAndReady = old.filter(isReady);
  for (const replica of oldAndReady) replica.setDraining(servesFresh);

  const isQuiet = replicas.every((replica) => !replica.isLeaving()) && fresh.every(isReady);
  if (isQuiet) oldAndReady.at(-1)?.renew();
}
