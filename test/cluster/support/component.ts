import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const command = process.env.CLUSTER_COMPONENT;
const run = promisify(execFile);

/** Whether parts of this cluster can be taken away. */
export const hasComponents = command !== undefined;

type Action = 'kill' | 'start' | 'stop' | 'hang' | 'resume';

/** Takes a part of the cluster away or brings it back. */
export async function component(action: Action, name: string): Promise<void> {
  await run(command ?? '', [action, name], { timeout: 60_000 });
}
