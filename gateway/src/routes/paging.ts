import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { ResourceName } from '@mcp-gateway/core/domain/naming';
import type { Place } from '../actions/list-resources.ts';

/** An opaque reference to the place after `name`. */
export function cursorAfter(name: string): string {
  return sealed(`after:${name}`);
}

/** The name in a cursor; throws `invalid_request` for what is none of ours. */
export function nameIn(cursor: string): string {
  const [, name] = opened(cursor, /^after:(.+)$/s);
  return known(cursor, ResourceName.safeParse(name).data, cursorAfter);
}

/** An opaque reference to a place in what was found. */
export function cursorAt({ name, shown }: Place): string {
  return sealed(`found:${shown}:${name}`);
}

/** The place in a cursor; throws `invalid_request` for what is none of ours. */
export function placeIn(cursor: string): Place {
  const [, shown, text] = opened(cursor, /^found:(\d{1,9}):(.+)$/s);
  const name = ResourceName.safeParse(text).data;
  return known(cursor, name === undefined ? undefined : { name, shown: Number(shown) }, cursorAt);
}

const sealed = (text: string): string => Buffer.from(text).toString('base64url');

function opened(cursor: string, pattern: RegExp): readonly (string | undefined)[] {
  return pattern.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
}

/** What was read from a cursor, if it is written that way and no other. */
function known<T>(cursor: string, value: T | undefined, written: (value: T) => string): T {
  if (value !== undefined && written(value) === cursor) return value;
  const message = 'must be taken from the Link header of the page before';
  throw new GatewayError('invalid_request', 'The query is not valid.', {
    errors: [{ path: 'after', message }],
  });
}
