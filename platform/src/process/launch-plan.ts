import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Launch } from './launch.ts';
import { workloadLogs } from './log-files.ts';
import type { ProcessOrchestratorOptions } from './options.ts';
import { MARK } from './strays.ts';
import { SecretError, secretValue } from './secrets.ts';

/** Changes when replicas have to be replaced to become what is wanted; the number of replicas is no reason. */
export function launchHash(spec: Workload): string {
  const { uid, image, environment, secretEnvironment, port, path } = spec;
  const told = [uid, image.name, image.version, sorted(environment), sorted(secretEnvironment)];
  return createHash('sha256')
    .update(JSON.stringify([told, port, path]))
    .digest('hex');
}

/** The folder of the secrets that workloads may refer to. */
export function secretsFolder(dataDir: string): string {
  return join(dataDir, 'secrets');
}

/** The folder of one replica's logs. */
export function replicaLogs(dataDir: string, spec: Workload, ordinal: number): string {
  return join(workloadLogs(dataDir, objectName(spec), spec.uid), String(ordinal));
}

/** What a replica is started with, and the path that tells when it is ready. */
export interface LaunchPlan extends Launch {
  readonly readiness: string | undefined;
}

/** Everything about the process of one replica; throws what `startFailure` understands. */
export function launchPlan(
  options: Pick<ProcessOrchestratorOptions, 'dataDir' | 'images' | 'environment'>,
  spec: Workload,
  { ordinal, uid, port }: { readonly ordinal: number; readonly uid: string; readonly port: number },
): LaunchPlan {
  const image = options.images.resolve(spec.image);
  return {
    command: image.command,
    cwd: image.cwd,
    readiness: image.readiness,
    logFolder: replicaLogs(options.dataDir, spec, ordinal),
    environment: {
      ...options.environment,
      ...image.environment,
      ...spec.environment,
      ...secretEnvironment(options.dataDir, spec),
      HOST: '127.0.0.1',
      PORT: String(port),
      [MARK]: uid,
    },
  };
}

/** The values that `spec` refers to; throws `SecretError` naming the variable. */
export function secretEnvironment(dataDir: string, spec: Workload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(spec.secretEnvironment).map(([name, reference]) => {
      try {
        return [name, secretValue(secretsFolder(dataDir), reference)];
      } catch (cause) {
        if (!(cause instanceof SecretError)) throw cause;
        throw new SecretError(`The variable ${name} needs '${reference}'. ${cause.message}`, {
          cause,
        });
      }
    }),
  );
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}
