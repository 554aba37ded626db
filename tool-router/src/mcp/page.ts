import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

/** A part of a list, and where the next part begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/**
 * The page of a list, ordered by `keyOf`, that a cursor asks for. A cursor names the last key of its page, so a list that
 * changes in between neither repeats nor hides what stays. Throws the protocol's error for a cursor that is not ours.
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { cursor, size }: { readonly cursor: string | undefined; readonly size: number },
): Page<T> {
  const after = cursor === undefined ? undefined : opened(cursor);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return last === undefined || rest.length <= size
    ? { items: page }
    : { items: page, nextCursor: sealed(keyOf(last)) };
}

const PREFIX = 'after:';

const sealed = (key: string): string => Buffer.from(`${PREFIX}${key}`).toString('base64url');

function opened(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith(PREFIX) && sealed(text.slice(PREFIX.length)) === cursor)
    return text.slice(PREFIX.length);
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is not one of this list.');
}
