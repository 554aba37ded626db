import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Precondition } from '../actions/precondition.ts';
import type { GatewayContext } from './route.ts';

/** One element of a list; it may be empty (RFC 9110 section 5.6.1.2). */
const ENTITY_TAG = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*)?(?:,|$)/y;

/** What `If-Match` demands (RFC 9110 section 13.1.1); weak tags never match. */
export function ifMatch(ctx: GatewayContext): Precondition {
  const text = ctx.get('If-Match').trim();
  if (text === '') return undefined;
  return text === '*' ? '*' : entityTags(text);
}

function entityTags(text: string): readonly string[] {
  const strong: string[] = [];
  ENTITY_TAG.lastIndex = 0;
  while (ENTITY_TAG.lastIndex < text.length) {
    const match = ENTITY_TAG.exec(text);
    if (match === null) {
      throw new GatewayError('invalid_request', 'If-Match must be * or a list of entity tags.');
    }
    if (match[1] === undefined && match[2] !== undefined) strong.push(match[2]);
  }
  return strong;
}
