import { expandPipeline, type Node } from './expand.ts';
import type { Names } from './expression.ts';

/** A job with what surrounds it. */
export interface Job {
  readonly pipeline: string;
  readonly stage: Node;
  readonly job: Node;
  readonly steps: readonly Node[];
  /** Variables that are set for it in the file, outermost first; and the groups that it takes. */
  readonly variables: ReadonlyMap<string, string>;
  readonly groups: readonly string[];
}

/** All jobs of a pipeline in their order. */
export function jobsOf(file: string, parameters: Names = {}): readonly Job[] {
  const pipeline = expandPipeline(file, parameters);
  return (pipeline.stages as readonly Node[]).flatMap((stage) =>
    (stage.jobs as readonly Node[]).map((job): Job => {
      const lists = [pipeline.variables, stage.variables, job.variables];
      const given = lists.flatMap((list) => (list ?? []) as readonly Node[]);
      const matrix = Object.values(((job.strategy as Node | undefined)?.matrix ?? {}) as Node)[0];
      const variables = new Map(
        given.flatMap(({ name, value }) =>
          typeof name === 'string' ? [[name, String(value)]] : [],
        ),
      );
      for (const [name, value] of Object.entries(matrix ?? {})) variables.set(name, String(value));
      const groups = given.flatMap(({ group }) => (typeof group === 'string' ? [group] : []));
      return { pipeline: file, stage, job, steps: stepsOf(job), variables, groups };
    }),
  );
}

function stepsOf(job: Node): readonly Node[] {
  if (job.deployment === undefined) return (job.steps ?? []) as readonly Node[];
  const { runOnce } = job.strategy as { runOnce: { deploy: { steps: readonly Node[] } } };
  return runOnce.deploy.steps;
}
