import { expect } from '@jest/globals';
import { processesMarked } from '../../support/processes.ts';

/** Ends the processes with this variable as no container can defend itself against. */
export async function kill(mark: string): Promise<void> {
  const processes = await processesMarked(mark);
  expect(processes.length).toBeGreaterThan(0);
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
}
