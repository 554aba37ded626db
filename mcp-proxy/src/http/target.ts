import type { IncomingMessage } from 'node:http';

/** The path of a request, without parsing: a request target such as `//` is no URL. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
