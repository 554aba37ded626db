import {
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type Result,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Asker } from '../adapters/adapter-lists.ts';
import type { SendToAdapter } from '../adapters/adapter-requests.ts';
import { AdapterTrouble } from '../adapters/adapter-trouble.ts';
import { NoSuchTool, type CallTool } from '../tools/tool-calls.ts';
import { failure } from '../tools/tool-result.ts';
import type { FoundTool, Tools } from './tools.ts';

/** A call by the name that the router has given the tool. */
interface NamedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly asker: Asker;
  readonly ctx: ServerContext;
}

export interface CallByNameOptions {
  readonly tools: Tools;
  readonly callTool: CallTool;
  readonly sendToAdapter: SendToAdapter;
  /** Told of each call when it has ended. */
  readonly called: (call: { readonly kind: 'registered' | 'adapter'; readonly failed: boolean; readonly seconds: number }) => void; // prettier-ignore
}

/** A tool's result, with the output schema that the tool is listed with. */
export interface NamedResult {
  readonly result: Result;
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined;
}

/** Calls any tool that the caller may call; one error for what there is not and what the caller may not call. */
export type CallByName = (call: NamedCall) => Promise<NamedResult>;

export function callByName({
  tools,
  callTool,
  sendToAdapter,
  called,
}: CallByNameOptions): CallByName {
  return async (call) => {
    const found = await tools.find(call.asker, call.name);
    if (found === undefined) throw unknownTool(call.name);
    if (found.kind === 'unknowable') return { result: failure(found.message), outputSchema: undefined }; // prettier-ignore
    const begun = performance.now();
    let failed = true;
    try {
      const result = await run(found, call);
      failed = result.isError === true;
      return { result, outputSchema: found.tool.outputSchema };
    } catch (error) {
      throw error instanceof NoSuchTool ? unknownTool(call.name) : error;
    } finally {
      called({ kind: found.kind, failed, seconds: (performance.now() - begun) / 1000 });
    }
  };

  function run(
    found: Exclude<FoundTool, { kind: 'unknowable' }>,
    { args, asker, ctx }: NamedCall,
  ): Promise<Result> {
    if (found.kind === 'registered') {
      const { signal } = ctx.mcpReq;
      return callTool({ tool: found.tool, args, caller: asker.caller, signal, onProgress: reporter(ctx) }); // prettier-ignore
    }
    const { adapter, ownName, tool } = found;
    return sendToAdapter({
      adapter,
      asker,
      ctx,
      about: ownName,
      params: { name: ownName, arguments: args },
      send: (client, params, options) =>
        client.callTool(params as never, {
          ...options,
          // By its own name, so that arguments are repeated in headers as the adapter wants it.
          toolDefinition: { ...tool, name: ownName } as never,
        }),
    }).catch((error: unknown): CallToolResult => {
      if (error instanceof AdapterTrouble) return failure(error.message);
      throw error;
    });
  }
}

/** Goes to whoever wants to know how far the call has come. */
function reporter({ mcpReq }: ServerContext): (progress: { progress: number }) => void {
  const progressToken = mcpReq._meta?.progressToken;
  return (progress) => {
    if (progressToken === undefined) return;
    mcpReq
      .notify({ method: 'notifications/progress', params: { ...progress, progressToken } })
      .catch(() => undefined); // the client has gone
  };
}

function unknownTool(name: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 200)}`);
}
