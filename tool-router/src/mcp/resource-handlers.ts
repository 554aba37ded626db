import { ResourceNotFoundError, type McpServer, type Result } from '@modelcontextprotocol/server';
import { AnyResult } from '../adapters/adapter-requests.ts';
import { asProtocolError } from './protocol-errors.ts';
import type { ListedEntry } from './resources.ts';
import type { Handling } from './handling.ts';

/** Resources and templates of adapters. */
export function addResources({ server }: McpServer, handling: Handling): void {
  const { resources, askerOf, listResult, sendToAdapter } = handling;
  const options = (cursor: string | undefined) => ({
    keyOf: ({ key }: ListedEntry) => key,
    shown: ({ entry }: ListedEntry) => entry,
    cursor,
  });
  server.setRequestHandler('resources/list', async ({ params }, ctx) => {
    const { entries, missing } = await resources.list('resources', askerOf(ctx));
    return listResult('resources', entries, { ...options(params?.cursor), missing }) as never;
  });
  server.setRequestHandler('resources/templates/list', async ({ params }, ctx) => {
    const { entries, missing } = await resources.list('resourceTemplates', askerOf(ctx));
    return listResult('resourceTemplates', entries, { ...options(params?.cursor), missing }) as never; // prettier-ignore
  });
  server.setRequestHandler('resources/read', async ({ params }, ctx) => {
    const asker = askerOf(ctx);
    const found = await resources.find(asker, params.uri);
    if (found === undefined) throw new ResourceNotFoundError(params.uri);
    const result = await sendToAdapter({
      adapter: found.adapter,
      asker,
      ctx,
      about: found.uri,
      params: { uri: found.uri },
      send: (client, whole, requestOptions) =>
        client.request({ method: 'resources/read', params: whole }, AnyResult, requestOptions),
    }).catch(asProtocolError);
    return asAsked(result, found.uri, params.uri) as never;
  });
}

/** What the client knows by another URI than the adapter does comes back under the one it has asked for. */
function asAsked(result: Result, own: string, asked: string): Result {
  const { contents } = result;
  // Who else may see it is for the router to say, and it says so of nobody.
  const privately = 'cacheScope' in result ? { ...result, cacheScope: 'private' } : result;
  if (own === asked || !Array.isArray(contents)) return privately;
  return {
    ...privately,
    contents: contents.map((content: { uri?: unknown }) =>
      content.uri === own ? { ...content, uri: asked } : content,
    ),
  };
}
