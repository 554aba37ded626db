import type { z } from 'zod';
import type { ResourceActions, ShownResource } from '../actions/resources.ts';
import type { Answer, GatewayContext } from './route.ts';

/** How one kind of resource is spoken of, and to. */
export interface Resources<S, V> {
  readonly actions: ResourceActions<S, V>;
  readonly path: '/adapters' | '/tools';
  readonly tag: 'Adapters' | 'Tools';
  readonly one: 'Adapter' | 'Tool';
  /** What creating one is good for. */
  readonly purpose: string;
  readonly request: z.ZodType<S>;
  readonly view: z.ZodType<V>;
}

/** The header of operations that act on one version. */
export const IF_MATCH = {
  'If-Match': 'Version that this is based on; 412 if it is not the current one',
};

/** An answer that shows a resource. */
export function shown(
  { one, view }: Pick<Resources<never, unknown>, 'one' | 'view'>,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const version = `Version of the ${one.toLowerCase()}, for If-Match`;
  return { description, schema: view, headers: { ETag: version, ...headers } };
}

/** Answers with a resource and its version. */
export function show(ctx: GatewayContext, { view, etag }: ShownResource<object>): void {
  ctx.set('ETag', `"${etag}"`);
  ctx.body = view;
}
