import { endGroup } from './process-table.ts';
import type { ReplicaRecord } from './records.ts';
import { endStrays } from './strays.ts';

/** Ends all that an incarnation has started; false when something could not be killed. */
export async function endIncarnation(
  { process, uid }: ReplicaRecord,
  graceMs: number,
): Promise<boolean> {
  if (!process) return true;
  const ended = await endGroup(process, graceMs);
  await endStrays(uid);
  return ended;
}
