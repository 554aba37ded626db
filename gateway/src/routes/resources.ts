import { finished, Readable } from 'node:stream';
import { AdapterRequest, AdapterView, type AdapterSpec } from '@mcp-gateway/core/domain/adapter';
import { SearchWords } from '@mcp-gateway/core/domain/search-text';
import { ToolView, type ToolSpec } from '@mcp-gateway/core/domain/tool';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import { WorkloadStatus } from '@mcp-gateway/core/domain/workload';
import { z } from 'zod';
import type { ResourceActions } from '../actions/resources.ts';
import { cursorAfter, cursorAt, nameIn, placeIn } from './paging.ts';
import { parseBody, parseQuery } from './parse.ts';
import { ifMatch } from './preconditions.ts';
import { flag, wholeNumber } from './query-values.ts';
import { IF_MATCH, show, shown, type Resources } from './resource-kind.ts';
import { caller, parameter, type GatewayContext, type Route } from './route.ts';
import { switches } from './switches.ts';
import { CheckedToolRequest } from './tool-request.ts';

export interface ResourceRouteDependencies {
  readonly adapters: ResourceActions<AdapterSpec, AdapterView>;
  readonly tools: ResourceActions<ToolSpec, ToolView>;
  /** Aborted when this process ends: logs that are followed end with it. */
  readonly stopping: AbortSignal;
}

interface Named {
  readonly name: string;
}

const MAX_PAGE = 1000;
const ListQuery = z.object({
  limit: wholeNumber(1, MAX_PAGE).optional().describe('At most so many on one page; all if absent'),
  after: z.string({ error: 'must be one cursor' }).max(512).optional().describe('A page’s start, from the Link header'), // prettier-ignore
  search: SearchWords.optional().describe('Words that find those that have any of them, best first, instead of all by name'), // prettier-ignore
});
const LogQuery = z.object({
  instance: wholeNumber(0, 999).prefault('0').describe('Ordinal of the replica'),
  tail: wholeNumber(0, 100_000).prefault('1000').describe('Last lines to begin with'),
  sinceSeconds: wholeNumber(1, 31_536_000).optional().describe('Only lines of the last seconds'),
  previous: flag().describe('The run before the last restart'),
  follow: flag().describe('Stay and stream what is written from now on'),
});
const Owner = z.object({
  createdBy: z
    .string({ error: 'is required and must be a string' })
    .trim()
    .min(1, 'must not be empty')
    .max(256, 'must have at most 256 characters')
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .describe('Id of the new owner, as the identity provider names callers: with Entra ID the oid'),
});

/** The operations on adapters and tools. */
export function resourceRoutes({
  adapters,
  tools,
  stopping,
}: ResourceRouteDependencies): readonly Route[] {
  const ofAdapters = {
    actions: adapters,
    path: '/adapters',
    tag: 'Adapters',
    one: 'Adapter',
    purpose: 'Register an MCP server and have it run',
    request: AdapterRequest,
    view: AdapterView,
  } as const;
  const ofTools = {
    actions: tools,
    path: '/tools',
    tag: 'Tools',
    one: 'Tool',
    purpose: 'Register a tool and have its server run',
    request: CheckedToolRequest,
    view: ToolView,
  } as const;
  return [...routesOf(ofAdapters, stopping), ...routesOf(ofTools, stopping)];
}

function routesOf<S extends Named, V extends { readonly name: string }>(
  kind: Resources<S, V>,
  stopping: AbortSignal,
): readonly Route[] {
  return [...collection(kind), ...item(kind), ...switches(kind), ...workload(kind, stopping)];
}

function collection<S extends Named, V extends { readonly name: string }>(
  kind: Resources<S, V>,
): readonly Route[] {
  const { actions, path, tag, one, request, view } = kind;
  return [
    {
      method: 'post',
      path,
      id: `create${one}`,
      summary: kind.purpose,
      tag,
      body: request,
      answers: {
        201: shown(kind, 'Created', { Location: 'Where it is' }),
      },
      failures: ['conflict', 'payload_too_large', 'unsupported_media_type', 'unavailable'],
      handle: async (ctx) => {
        const spec = await parseBody(ctx, request);
        ctx.state.resourceName = spec.name;
        const created = await actions.create(caller(ctx), spec);
        ctx.status = 201;
        ctx.set('Location', `${path}/${created.view.name}`);
        show(ctx, created);
      },
    },
    {
      method: 'get',
      path,
      id: `list${tag}`,
      summary: `The ${tag.toLowerCase()} that you may read, by name, or those that words find`,
      tag,
      query: ListQuery,
      answers: {
        200: {
          description: 'One page, or all',
          schema: z.array(view),
          headers: { Link: 'The next page, with rel="next"; absent on the last one' },
        },
      },
      failures: ['unavailable'],
      handle: async (ctx) => {
        const query = parseQuery(ctx, ListQuery);
        const { items, next } = await page(actions, caller(ctx), query);
        if (next !== undefined) {
          const { limit, search } = query;
          const parameters = { ...(search !== undefined && { search }), limit: String(limit), after: next }; // prettier-ignore
          ctx.set('Link', `<${path}?${new URLSearchParams(parameters).toString()}>; rel="next"`);
        }
        ctx.body = items;
      },
    },
  ];
}

/** A page of all or of what was found, and the cursor of the next. */
async function page<V>(
  actions: Pick<ResourceActions<never, V>, 'list' | 'search'>,
  principal: Principal,
  { limit, after, search: words }: z.output<typeof ListQuery>,
): Promise<{ readonly items: readonly V[]; readonly next: string | undefined }> {
  const size = limit === undefined ? {} : { limit };
  if (words === undefined) {
    const from = after === undefined ? {} : { after: nameIn(after) };
    const { items, next } = await actions.list(principal, { ...size, ...from });
    return { items, next: next === undefined ? undefined : cursorAfter(next) };
  }
  const from = after === undefined ? {} : { after: placeIn(after) };
  const { items, next } = await actions.search(principal, { words, ...size, ...from });
  return { items, next: next && cursorAt(next) };
}

function item<S, V extends object>(kind: Resources<S, V>): readonly Route[] {
  const { actions, path, tag, one, request } = kind;
  const noun = one.toLowerCase();
  return [
    {
      method: 'get',
      path: `${path}/:name`,
      id: `get${one}`,
      summary: `One ${noun}`,
      tag,
      answers: { 200: shown(kind, `The ${noun}`) },
      failures: ['not_found', 'unavailable'],
      handle: async (ctx) => show(ctx, await actions.get(caller(ctx), parameter(ctx, 'name'))),
    },
    {
      method: 'put',
      path: `${path}/:name`,
      id: `replace${one}`,
      summary: 'Replace all that was asked for; what is absent gets its default',
      tag,
      headers: IF_MATCH,
      body: request,
      answers: { 200: shown(kind, 'Replaced') },
      failures: [
        ...(['not_found', 'conflict', 'precondition_failed', 'payload_too_large'] as const),
        ...(['unsupported_media_type', 'unavailable'] as const),
      ],
      handle: async (ctx) => {
        const spec = await parseBody(ctx, request);
        const replacement = { name: parameter(ctx, 'name'), spec, precondition: ifMatch(ctx) };
        show(ctx, await actions.replace(caller(ctx), replacement));
      },
    },
    {
      method: 'put',
      path: `${path}/:name/owner`,
      id: `transfer${one}`,
      summary: `Give the ${noun} to somebody else, for admins`,
      tag,
      headers: IF_MATCH,
      body: Owner,
      answers: { 200: shown(kind, 'Transferred') },
      failures: [
        ...(['not_found', 'conflict', 'precondition_failed', 'payload_too_large'] as const),
        ...(['unsupported_media_type', 'unavailable'] as const),
      ],
      handle: async (ctx) => {
        const { createdBy } = await parseBody(ctx, Owner);
        const transfer = { name: parameter(ctx, 'name'), createdBy, precondition: ifMatch(ctx) };
        show(ctx, await actions.transfer(caller(ctx), transfer));
      },
    },
    {
      method: 'delete',
      path: `${path}/:name`,
      id: `delete${one}`,
      summary: `End the ${noun} with all its replicas and sessions`,
      tag,
      headers: IF_MATCH,
      answers: { 204: { description: 'Deleted' } },
      failures: ['not_found', 'conflict', 'precondition_failed', 'unavailable'],
      handle: async (ctx) => {
        await actions.remove(caller(ctx), parameter(ctx, 'name'), ifMatch(ctx));
        ctx.status = 204;
      },
    },
  ];
}

function workload<S, V>(kind: Resources<S, V>, stopping: AbortSignal): readonly Route[] {
  const { actions, path, tag, one } = kind;
  return [
    {
      method: 'get',
      path: `${path}/:name/status`,
      id: `get${one}Status`,
      summary: 'How its replicas are, and why',
      tag,
      answers: { 200: { description: 'The status', schema: WorkloadStatus } },
      failures: ['not_found', 'unavailable'],
      handle: async (ctx) => {
        ctx.body = await actions.status(caller(ctx), parameter(ctx, 'name'));
      },
    },
    {
      method: 'get',
      path: `${path}/:name/logs`,
      id: `get${one}Logs`,
      summary: 'What a replica wrote',
      tag,
      query: LogQuery,
      answers: {
        200: { description: 'The log', schema: z.string(), contentType: 'text/plain' },
      },
      failures: ['not_found', 'unavailable'],
      handle: async (ctx) => {
        const { sinceSeconds, ...rest } = parseQuery(ctx, LogQuery);
        const options = { ...rest, ...(sinceSeconds !== undefined && { sinceSeconds }) };
        const signal = AbortSignal.any([stopping, closed(ctx)]);
        const text = await actions.logs(caller(ctx), parameter(ctx, 'name'), options, signal);
        ctx.type = 'text/plain; charset=utf-8';
        ctx.body = Readable.from(untilAborted(text, signal), { objectMode: false });
      },
    },
  ];
}

/** Aborted once the answer has ended or the client has left. */
function closed(ctx: GatewayContext): AbortSignal {
  const gone = new AbortController();
  finished(ctx.res, () => gone.abort());
  return gone.signal;
}

/** A follower whose time is up ends well; only a log that breaks by itself breaks the answer. */
async function* untilAborted(
  text: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  try {
    yield* text;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
