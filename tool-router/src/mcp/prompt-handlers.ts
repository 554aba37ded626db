import { ProtocolError, ProtocolErrorCode, type McpServer } from '@modelcontextprotocol/server';
import { AnyResult } from '../adapters/adapter-requests.ts';
import { asProtocolError } from './protocol-errors.ts';
import type { Handling } from './handling.ts';

/** Prompts of adapters, and completion of what both prompts and resource templates take. */
export function addPrompts({ server }: McpServer, handling: Handling): void {
  const { prompts, askerOf, listResult, sendToAdapter } = handling;
  server.setRequestHandler('prompts/list', async ({ params }, ctx) => {
    const { prompts: found, missing } = await prompts.list(askerOf(ctx));
    return listResult('prompts', found, {
      keyOf: ({ name }) => name,
      shown: (prompt) => prompt,
      cursor: params?.cursor,
      missing,
    }) as never;
  });
  server.setRequestHandler('prompts/get', async ({ params }, ctx) => {
    const asker = askerOf(ctx);
    const found = await prompts.find(asker, params.name);
    if (found === undefined) throw unknownPrompt(params.name);
    if ('unknowable' in found) throw new ProtocolError(ProtocolErrorCode.InternalError, found.unknowable); // prettier-ignore
    const { adapter, ownName } = found;
    return (await sendToAdapter({
      adapter,
      asker,
      ctx,
      about: ownName,
      params: { name: ownName, ...(params.arguments && { arguments: params.arguments }) },
      send: (client, whole, options) =>
        client.request({ method: 'prompts/get', params: whole }, AnyResult, options),
    }).catch(asProtocolError)) as never;
  });
  addCompletion(server, handling);
}

function addCompletion(
  server: McpServer['server'],
  { prompts, resources, askerOf, sendToAdapter }: Handling,
): void {
  server.setRequestHandler('completion/complete', async ({ params }, ctx) => {
    const asker = askerOf(ctx);
    const { ref } = params;
    const found =
      ref.type === 'ref/prompt'
        ? await prompts.find(asker, ref.name)
        : await resources.find(asker, ref.uri);
    if (found === undefined || 'unknowable' in found) return NO_COMPLETION;
    const ownRef =
      'ownName' in found ? { ...ref, name: found.ownName } : { ...ref, uri: found.uri };
    return (await sendToAdapter({
      adapter: found.adapter,
      asker,
      ctx,
      about: JSON.stringify(ownRef),
      params: { ...params, ref: ownRef },
      send: (client, whole, options, capabilities) =>
        capabilities.completions === undefined
          ? Promise.resolve(NO_COMPLETION)
          : client.request({ method: 'completion/complete', params: whole }, AnyResult, options),
    }).catch(asProtocolError)) as never;
  });
}

const NO_COMPLETION = { completion: { values: [], hasMore: false } };

function unknownPrompt(name: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Unknown prompt: ${name.slice(0, 200)}`,
  );
}
