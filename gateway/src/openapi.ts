import { STATUS_CODES } from 'node:http';
import { AdapterRequest, AdapterView } from '@mcp-gateway/core/domain/adapter';
import { ERROR_CODES, STATUS, type ErrorCode } from '@mcp-gateway/core/domain/errors';
import { ToolView } from '@mcp-gateway/core/domain/tool';
import { WorkloadStatus } from '@mcp-gateway/core/domain/workload';
import { z } from 'zod';
import type { Answer, Route } from './routes/route.ts';
import { CheckedToolRequest } from './routes/tool-request.ts';

const COMPONENTS = {
  AdapterRequest: { schema: AdapterRequest, io: 'input' },
  Adapter: { schema: AdapterView, io: 'output' },
  ToolRequest: { schema: CheckedToolRequest, io: 'input' },
  Tool: { schema: ToolView, io: 'output' },
  Status: { schema: WorkloadStatus, io: 'output' },
  Problem: {
    schema: z.object({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: z.enum([...ERROR_CODES, 'internal_error']),
      requestId: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
    io: 'output',
  },
} as const;

/** Describes `routes` as OpenAPI 3.1, from the schemas that the routes themselves parse and answer with. */
export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operation(route);
  }
  const schemas = Object.entries(COMPONENTS).map(([name, { schema, io }]) => [
    name,
    jsonSchema(schema, io),
  ]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'MCP gateway',
      version,
      description: 'Registers MCP servers and tools, runs them and stands in front of them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'Adapters' }, { name: 'Tools' }, { name: 'Gateway' }],
    paths,
    components: { schemas: Object.fromEntries(schemas) as Record<string, object> },
  };
}

/** The statuses by which a route fails on purpose. */
export function failureStatuses(route: Route): readonly number[] {
  const takesInput = [route.query, route.body, route.headers].some((part) => part !== undefined);
  const codes: readonly ErrorCode[] = [
    ...(route.unguarded ? [] : (['forbidden'] as const)),
    ...(route.anonymous ? [] : (['unauthenticated'] as const)),
    ...(takesInput ? (['invalid_request'] as const) : []),
    ...route.failures,
  ];
  return [...new Set(codes.map((code) => STATUS[code]))].sort((a, b) => a - b);
}

function operation(route: Route): object {
  const parameters = [...inPath(route), ...inQuery(route), ...inHeaders(route)];
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: route.bodyIsOptional !== true,
        content: content('application/json', route.body, 'input'),
      },
    }),
    responses: { ...answers(route), ...failures(route) },
  };
}

function inPath({ path }: Route): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function inQuery({ query }: Route): object[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = jsonSchema(schema as z.ZodType, 'output'); // a shape's values are schemas
    return { name, in: 'query', ...(description !== undefined && { description }), schema: rest };
  });
}

function inHeaders({ headers = {} }: Route): object[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }));
}

function answers(route: Route): Record<string, object> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [status, response(answer)]),
  );
}

function response({ description, schema, contentType = 'application/json', headers }: Answer) {
  return {
    description,
    ...(headers && { headers: describedHeaders(headers) }),
    ...(schema && { content: content(contentType, schema, 'output') }),
  };
}

function describedHeaders(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

function failures(route: Route): Record<string, object> {
  const problem = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  const described = failureStatuses(route)
    .filter((status) => !(status in route.answers))
    .map((status) => [status, { description: STATUS_CODES[status], content: problem }]);
  return Object.fromEntries(described) as Record<string, object>;
}

function content(type: string, schema: z.ZodType, io: 'input' | 'output'): object {
  return { [type]: { schema: reference(schema) ?? ofItems(schema) ?? jsonSchema(schema, io) } };
}

function reference(schema: unknown): object | undefined {
  const found = Object.entries(COMPONENTS).find(([, component]) => component.schema === schema);
  return found && { $ref: `#/components/schemas/${found[0]}` };
}

function ofItems(schema: z.ZodType): object | undefined {
  const items = schema instanceof z.ZodArray ? reference(schema.element) : undefined;
  return items && { type: 'array', items };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const described: Record<string, unknown> = z.toJSONSchema(schema, { io });
  delete described.$schema; // OpenAPI 3.1 has the same dialect for all
  return described;
}
