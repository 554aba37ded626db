import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';

const SUFFIX = '.json';

/** What shall run, one file per workload, so that all gateways of a data folder want the same. */
export interface DesiredState {
  get: (object: string) => Workload | undefined;
  all: () => readonly Workload[];
  put: (workload: Workload) => void;
  delete: (id: WorkloadId) => void;
  /** Changes with every write, also by another process. */
  version: () => string;
}

/** The desired state in `folder`, which is made when missing. */
export function desiredState(folder: string): DesiredState {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (object: string): string => join(folder, object + SUFFIX);
  const get = (object: string): Workload | undefined => {
    try {
      return JSON.parse(readFileSync(fileOf(object), 'utf8')) as Workload; // written by `put` alone
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  return {
    get,
    all: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(SUFFIX))
        .flatMap((name) => get(name.slice(0, -SUFFIX.length)) ?? [])
        .sort((left, right) => (objectName(left) < objectName(right) ? -1 : 1)),
    put: (workload) => {
      const part = join(folder, `.${randomUUID()}`);
      writeFileSync(part, JSON.stringify(workload), { mode: 0o600 });
      // A name takes its new content at once, so a reader never sees half of it.
      renameSync(part, fileOf(objectName(workload)));
    },
    delete: (id) => rmSync(fileOf(objectName(id)), { force: true }),
    version: () => String(statSync(folder, { bigint: true }).mtimeNs),
  };
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
