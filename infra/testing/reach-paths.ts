import type { Settings } from '../profiles.ts';
import { plain, type AskedResource, type ProgramRun } from './program.ts';

/** Where a setting shows in what the program asks for, and what must be there. */
export interface Reach {
  readonly at: (run: ProgramRun) => unknown;
  readonly is: (settings: Settings) => unknown;
}

/** What is at a path of a resource's inputs. */
export const under = (resource: AskedResource | undefined, path: string): unknown =>
  path.split('.').reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key], // anything may be there
    plain(resource?.inputs),
  );

/** What is at a path of the only resource of a type, or of the one with that name. */
export const at =
  (type: string, path: string, name?: string) =>
  (run: ProgramRun): unknown =>
    under(run.one(type, name), path);

/** A variable of a service's container. */
export const variable =
  (name: string, service = 'gateway') =>
  (run: ProgramRun): unknown => {
    const env = at('apps/v1:Deployment', 'spec.template.spec.containers.0.env', `mcp-gateway-deployment-${service}`)(run); // prettier-ignore
    return (env as { name: string; value?: string }[]).find((each) => each.name === name)?.value;
  };

/** Whom roles are assigned to. */
export const groupsWith = (run: ProgramRun): unknown =>
  run
    .of('AppRoleAssignment')
    .map((each) => each.inputs.principalObjectId)
    .sort();

/** What is at a path of the scaling of a service. */
export const autoscaler = (service: string, path: string) =>
  at('autoscaling/v2:HorizontalPodAutoscaler', path, `mcp-gateway-horizontalpodautoscaler-${service}`); // prettier-ignore

/** How Azure says whether the world may knock. */
export const isPrivate = ({ privateEndpoints }: Settings): string =>
  privateEndpoints ? 'Disabled' : 'Enabled';
