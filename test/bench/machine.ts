import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** Where and with what a run measured. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly node: string;
  readonly nginx: string | undefined;
  readonly taskset: boolean;
}

/** The machine on which this runs. */
export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    nginx: /nginx\/(\S+)/.exec(output('nginx', '-v') ?? '')?.[1],
    taskset: output('taskset', '--version') !== undefined,
  };
}

/** The processor's load of the last minute: a quiet machine is near 0. */
export function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]);
}

function output(command: string, ...args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout + stderr : undefined;
}

/** Keeps this process and its threads to a processor, or to all of them again. */
export function keepSelfTo(cores: string): void {
  output('taskset', '-acp', cores, String(process.pid));
}
