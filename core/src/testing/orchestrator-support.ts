import { expect } from '@jest/globals';
import { objectName } from '../domain/naming.ts';
import type { WorkloadId } from '../domain/naming.ts';
import type { Workload } from '../domain/workload.ts';
import type { Endpoint, LogOptions, Orchestrator } from '../ports/orchestrator.ts';
import { eventually } from './eventually.ts';

type Image = Workload['image'];

/** An orchestrator with images to run; the suites use names that begin with `suite-`. */
export interface OrchestratorUnderTest {
  readonly orchestrator: Orchestrator;
  readonly images: {
    /**
     * Serves HTTP on PORT: `/environment` answers with its environment as JSON, `/log?text=…` writes a line to the log,
     * `/exit?code=…` ends the process after the line `last words`, everything else is 200. It writes `starting` first.
     */
    readonly echo: Image;
    /** Writes the line `cannot go on` and ends with code 3. */
    readonly crashing: Image;
    /** Runs, writes nothing and never becomes ready. */
    readonly neverReady: Image;
    /** Does not exist. */
    readonly unknown: Image;
  };
  /** Generous: how long the platform may take for a step such as starting a replica. */
  readonly deadlineMs: number;
  readonly close: () => Promise<void>;
}

/** What the tests of a suite do again and again. */
export function orchestratorSupport({ orchestrator, images, deadlineMs }: OrchestratorUnderTest) {
  const applied = new Set<WorkloadId>();
  const { endpoints } = orchestrator;

  const workload = (name: string, change: Partial<Workload> = {}): Workload => ({
    kind: 'adapter',
    name: `suite-${name}`,
    uid: `uid-of-${name}`,
    image: images.echo,
    replicas: 1,
    environment: {},
    secretEnvironment: {},
    port: 8000,
    path: '/mcp',
    useWorkloadIdentity: false,
    ...change,
  });
  const soon = <R>(check: () => R | Promise<R>) => eventually(deadlineMs, check);
  const open = (id: WorkloadId) => endpoints.of(id).filter(({ draining }) => !draining);
  const ready = (spec: Workload): Promise<readonly Endpoint[]> =>
    soon(async () => {
      const status = await orchestrator.status(spec);
      expect(status).toMatchObject({ replicaStatus: 'Healthy', updatedReplicas: spec.replicas });
      expect(open(spec)).toHaveLength(spec.replicas);
      expect(endpoints.of(spec)).toHaveLength(spec.replicas);
      return endpoints.of(spec);
    });

  return {
    workload,
    soon,
    open,
    ready,
    apply: async (name: string, change?: Partial<Workload>): Promise<Workload> => {
      const spec = workload(name, change);
      applied.add(spec);
      await orchestrator.apply(spec);
      return spec;
    },
    /** Applies and waits until all replicas are ready. */
    run: async (name: string, change?: Partial<Workload>): Promise<Workload> => {
      const spec = workload(name, change);
      applied.add(spec);
      await orchestrator.apply(spec);
      await ready(spec);
      return spec;
    },
    call: async (endpoint: Endpoint | undefined, path: string): Promise<string> => {
      const response = await fetch(new URL(path, endpoint?.origin), {
        headers: { connection: 'close' },
      });
      // Where nobody has the address any more, a proxy on the way may answer for it.
      if (!response.ok) throw new Error(`not the replica: status ${response.status}`);
      return response.text();
    },
    logText: async (id: WorkloadId, change: Partial<LogOptions> = {}): Promise<string> => {
      const options = { instance: 0, tail: 1_000, previous: false, follow: false, ...change };
      let text = '';
      for await (const part of await orchestrator.logs(id, options, deadline(deadlineMs)))
        text += part;
      return text;
    },
    removeAll: async (): Promise<void> => {
      await Promise.all([...applied].map((id) => orchestrator.remove(id)));
      applied.clear();
    },
    instance: (id: WorkloadId, ordinal: number) => `${objectName(id)}-${ordinal}`,
  };
}

function deadline(milliseconds: number): AbortSignal {
  return AbortSignal.timeout(milliseconds);
}
