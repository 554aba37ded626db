import * as pulumi from '@pulumi/pulumi';

/** What the engine is told of a resource beside its inputs. */
export interface AskedOptions {
  readonly ignoreChanges: readonly string[];
  readonly protect: boolean;
  /** What must be there before it, each as its type and name. */
  readonly after: readonly string[];
}

/** Of the SDK's wire format, as far as it is looked at. */
interface Request {
  readonly getType: () => string;
  readonly getName: () => string;
  readonly getProtect: () => boolean | undefined;
  readonly getIgnorechangesList: () => string[];
  readonly getDependenciesList: () => string[];
}

interface Monitor {
  registerResource: (request: Request, ...rest: unknown[]) => unknown;
}

/** Hears what resources are asked for from now on until the next mocks are set, which do not tell their options. */
export function listenForOptions(): ReadonlyMap<string, AskedOptions> {
  const heard = new Map<string, AskedOptions>();
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor; // the one of the mocks
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    heard.set(keyOf(request.getType(), request.getName()), {
      ignoreChanges: request.getIgnorechangesList(),
      protect: request.getProtect() === true,
      after: request.getDependenciesList().map(keyOfUrn),
    });
    return register(request, ...rest);
  };
  return heard;
}

/** By which a resource is found among those that were heard of. */
export function keyOf(type: string, name: string): string {
  return `${type.split(':').slice(-2).join(':')} ${name}`;
}

/** `urn:pulumi:stack::project::Parent$type::name` */
function keyOfUrn(urn: string): string {
  const [, , types = '', ...name] = urn.split('::');
  return keyOf(types.split('$').at(-1) ?? '', name.join('::'));
}
