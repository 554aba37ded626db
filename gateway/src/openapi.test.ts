import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { z } from 'zod';
import { failureStatuses } from './openapi.ts';
import { runningApi, type RunningApi } from './testing/running-api.ts';
import { send, type Extras, type Sent } from './testing/send.ts';

const Content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const Operation = z.looseObject({
  operationId: z.string(),
  responses: z.record(
    z.string(),
    z.looseObject({
      headers: z.record(z.string(), z.unknown()).optional(),
      content: Content.optional(),
    }),
  ),
});
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

const SPEC = { name: 'weather', imageName: 'team/weather', imageVersion: '1.0.0' };

/** How one kind of resource is reached and made. */
interface Kind {
  readonly path: string;
  readonly one: string;
  readonly spec: (changes?: { readonly name?: string; readonly description?: string }) => object;
  readonly copy: (name: string) => Promise<void>;
}
const ADAPTER: Kind = {
  path: '/adapters',
  one: 'Adapter',
  spec: (changes) => ({ ...SPEC, ...changes }),
  copy: (name) => copied(api.store, name),
};
const TOOL: Kind = {
  path: '/tools',
  one: 'Tool',
  spec: (changes = {}) => {
    const tool = { name: changes.name ?? SPEC.name, inputSchema: { type: 'object' } };
    return { ...SPEC, toolDefinition: { tool }, ...changes };
  },
  copy: (name) => copied(api.tools, name),
};

const LARGE = `{"description":"${'x'.repeat(1_100_000)}"}`;
const TEXT = { 'content-type': 'text/plain' };
const STALE = { 'if-match': '"stale"' };
const NOBODY = { 'x-dev-roles': 'a'.repeat(300) };
const ADMIN = { 'x-dev-roles': 'mcp.admin' };
const EVIL = { origin: 'https://evil.example' };

let api: RunningApi;
let document: z.output<typeof Document>;
const storeFails = { now: false };

beforeAll(async () => {
  api = await runningApi({ createRole: 'maker' }, (store) => ({
    ...store,
    get: (name) => (storeFails.now ? Promise.reject(unavailable()) : store.get(name)),
    list: (options) => (storeFails.now ? Promise.reject(unavailable()) : store.list(options)),
    create: (value) => (storeFails.now ? Promise.reject(unavailable()) : store.create(value)),
    replace: (value, etag) =>
      value.description === 'contended'
        ? Promise.reject(new GatewayError('precondition_failed', 'Changed.'))
        : store.replace(value, etag),
  }));
  document = Document.parse((await send('GET', `${api.url}/openapi.json`)).body);
});

afterAll(async () => api.stop());

const unavailable = (): GatewayError => new GatewayError('unavailable', 'The store is away.');

test('the description is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('every route is described, and nothing else is', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );
  const routed = api.routes.map(
    ({ method, path }) => `${method} ${path.replace(/:(\w+)/, '{$1}')}`,
  );
  expect(described.sort()).toEqual(routed.sort());
});

type Cases = Readonly<Record<string, Readonly<Record<number, () => Promise<Sent>>>>>;

/** One request for each documented status of each operation on one kind; `maker` may create. */
const casesOf = (kind: Kind): Cases => {
  const { path, one, spec } = kind;
  return {
    [`create${one}`]: {
      201: () => call('POST', path, { body: spec({ name: 'fresh' }) }),
      400: () => call('POST', path, { body: {} }),
      401: () => call('POST', path, { body: spec(), headers: NOBODY }),
      403: () => send('POST', `${api.url}/adapters`, { body: spec({ name: 'mine' }) }),
      409: () => call('POST', path, { body: spec() }),
      413: () => call('POST', path, { body: LARGE }),
      415: () => call('POST', path, { body: 'x', headers: TEXT }),
      503: () => withoutStore(() => call('POST', path, { body: spec({ name: 'other' }) })),
    },
    [`list${one}s`]: {
      200: () => call('GET', `${path}?limit=1`),
      400: () => call('GET', `${path}?limit=0`),
      401: () => call('GET', path, { headers: NOBODY }),
      403: () => call('GET', path, { headers: EVIL }),
      503: () => withoutStore(() => call('GET', path)),
    },
    [`get${one}`]: {
      200: () => call('GET', `${path}/weather`),
      401: () => call('GET', `${path}/weather`, { headers: NOBODY }),
      403: () => call('GET', `${path}/weather`, { as: 'bob' }),
      404: () => call('GET', `${path}/nobody`),
      503: () => withoutStore(() => call('GET', `${path}/weather`)),
    },
    [`replace${one}`]: {
      200: () => call('PUT', `${path}/weather`, { body: spec() }),
      400: () => call('PUT', `${path}/weather`, { body: spec({ name: 'other' }) }),
      401: () => call('PUT', `${path}/weather`, { body: spec(), headers: NOBODY }),
      403: () => call('PUT', `${path}/weather`, { body: spec(), as: 'bob' }),
      404: () => call('PUT', `${path}/nobody`, { body: spec({ name: 'nobody' }) }),
      409: () => call('PUT', `${path}/weather`, { body: spec({ description: 'contended' }) }),
      412: () => call('PUT', `${path}/weather`, { body: spec(), headers: STALE }),
      413: () => call('PUT', `${path}/weather`, { body: LARGE }),
      415: () => call('PUT', `${path}/weather`, { body: 'x', headers: TEXT }),
      503: () => withoutStore(() => call('PUT', `${path}/weather`, { body: spec() })),
    },
    [`transfer${one}`]: {
      200: () => transfer(`${path}/weather`),
      400: () => transfer(`${path}/weather`, { body: { createdBy: ' ' } }),
      401: () => transfer(`${path}/weather`, { headers: NOBODY }),
      403: () => transfer(`${path}/weather`, { headers: {} }),
      404: () => transfer(`${path}/nobody`),
      409: () => transfer(`${path}/contended`),
      412: () => transfer(`${path}/weather`, { headers: { ...ADMIN, ...STALE } }),
      413: () => transfer(`${path}/weather`, { body: LARGE }),
      415: () => transfer(`${path}/weather`, { headers: { ...ADMIN, ...TEXT } }),
      503: () => withoutStore(() => transfer(`${path}/weather`)),
    },
    [`delete${one}`]: {
      204: () => call('DELETE', `${path}/fresh`),
      400: () => call('DELETE', `${path}/weather`, { headers: { 'if-match': 'bare' } }),
      401: () => call('DELETE', `${path}/weather`, { headers: NOBODY }),
      403: () => call('DELETE', `${path}/weather`, { as: 'bob' }),
      404: () => call('DELETE', `${path}/nobody`),
      409: () => contendedDelete(kind),
      412: () => call('DELETE', `${path}/weather`, { headers: STALE }),
      503: () => withoutStore(() => call('DELETE', `${path}/weather`)),
    },
    [`disable${one}`]: {
      ...turned(path, 'disable'),
      400: () => call('POST', `${path}/weather/disable`, { body: { reason: '' } }),
      413: () => call('POST', `${path}/weather/disable`, { body: LARGE }),
      415: () => call('POST', `${path}/weather/disable`, { body: 'x', headers: TEXT }),
    },
    [`enable${one}`]: { ...turned(path, 'enable'), 409: () => contendedEnable(kind) },
    [`get${one}Status`]: {
      200: () => call('GET', `${path}/weather/status`),
      401: () => call('GET', `${path}/weather/status`, { headers: NOBODY }),
      403: () => call('GET', `${path}/weather/status`, { as: 'bob' }),
      404: () => call('GET', `${path}/nobody/status`),
      503: () => withoutStore(() => call('GET', `${path}/weather/status`)),
    },
    [`get${one}Logs`]: {
      200: () => call('GET', `${path}/weather/logs?tail=1`),
      400: () => call('GET', `${path}/weather/logs?tail=x`),
      401: () => call('GET', `${path}/weather/logs`, { headers: NOBODY }),
      403: () => call('GET', `${path}/weather/logs`, { as: 'bob' }),
      404: () => call('GET', `${path}/weather/logs?instance=7`),
      503: () => withoutStore(() => call('GET', `${path}/weather/logs`)),
    },
  };
};

const turned = (path: string, verb: string) => ({
  200: () => call('POST', `${path}/weather/${verb}`),
  400: () => call('POST', `${path}/weather/${verb}`, { headers: { 'if-match': 'bare' } }),
  401: () => call('POST', `${path}/weather/${verb}`, { headers: NOBODY }),
  403: () => call('POST', `${path}/weather/${verb}`, { as: 'bob' }),
  404: () => call('POST', `${path}/nobody/${verb}`),
  409: () => call('POST', `${path}/contended/${verb}`),
  412: () => call('POST', `${path}/weather/${verb}`, { headers: STALE }),
  503: () => withoutStore(() => call('POST', `${path}/weather/${verb}`)),
});

const CASES: Cases = {
  ...casesOf(ADAPTER),
  ...casesOf(TOOL),
  adapterClientConfig: {
    200: () => call('GET', '/adapters/weather/client-config?client=vscode'),
    400: () => call('GET', '/adapters/weather/client-config?client=emacs'),
    401: () => call('GET', '/adapters/weather/client-config?client=vscode', { headers: NOBODY }),
    403: () => call('GET', '/adapters/weather/client-config?client=vscode', { as: 'bob' }),
    404: () => call('GET', '/adapters/nobody/client-config?client=vscode'),
    503: () => withoutStore(() => call('GET', '/adapters/weather/client-config?client=vscode')),
  },
  mcpClientConfig: {
    200: () => call('GET', '/mcp/client-config?client=claude'),
    400: () => call('GET', '/mcp/client-config'),
    401: () => call('GET', '/mcp/client-config?client=claude', { headers: NOBODY }),
    403: () => call('GET', '/mcp/client-config?client=claude', { headers: EVIL }),
  },
  ping: { 200: () => call('GET', '/ping') },
  live: { 200: () => call('GET', '/health/live') },
  ready: { 200: () => call('GET', '/health/ready'), 503: unready },
  welcome: openTo('/'),
  portalConfig: openTo('/portal/config'),
  openapi: openTo('/openapi.json'),
};

test('every documented status of every operation comes, with the body and headers documented', async () => {
  for (const { path, spec } of [ADAPTER, TOOL]) await call('POST', path, { body: spec() });
  for (const operations of Object.values(document.paths)) {
    for (const { operationId, responses } of Object.values(operations)) {
      expect([operationId, Object.keys(CASES[operationId] ?? {})]).toEqual([
        operationId,
        Object.keys(responses),
      ]);
      for (const [status, { content, headers = {} }] of Object.entries(responses)) {
        const answer = await CASES[operationId]![Number(status)]!();
        expect([operationId, answer.status, answer.text]).toEqual([
          operationId,
          Number(status),
          answer.text,
        ]);
        assertBody(`${operationId} ${status}`, answer, content ?? {});
        for (const name of Object.keys(headers)) expect(answer.headers.get(name)).not.toBeNull();
      }
    }
  }
}, 120_000);

test('what the schema of a request refuses, the gateway refuses, and the other way round', async () => {
  const validate = compile({ $ref: '#/components/schemas/AdapterRequest' });
  const bodies = [
    { ...SPEC, name: 'valid-1' },
    { ...SPEC, name: 'valid-2', environmentVariables: { A: 'b' }, replicaCount: 0, unknown: 1 },
    { ...SPEC, name: 'valid-3', resources: { limits: { memory: '1Gi' } }, idleTimeoutSeconds: 60 },
    { ...SPEC, name: '1-invalid' },
    { ...SPEC, name: 'n', replicaCount: 1.5 },
    { ...SPEC, name: 'n', environmentVariables: { 'A-B': 'x' } },
    { ...SPEC, name: 'n', environmentVariables: { A: 1 } },
    { ...SPEC, name: 'n', requiredRoles: 'admin' },
    { ...SPEC, name: 'n', path: 'mcp' },
    { ...SPEC, name: 'n', imageName: undefined },
  ];
  for (const body of bodies) {
    const { status, text } = await call('POST', '/adapters', { body });
    expect([body, validate(JSON.parse(JSON.stringify(body))), text]).toEqual([body, status === 201, text]); // prettier-ignore
  }
});

test('only failures that a route can have are described', () => {
  const probe = api.routes.find(({ id }) => id === 'ping')!;
  expect(failureStatuses(probe)).toEqual([]);
});

function call(method: string, path: string, extras: Extras = {}): Promise<Sent> {
  const headers = { 'x-dev-roles': 'maker', ...extras.headers };
  return send(method, `${api.url}${path}`, { ...extras, headers });
}

/** Gives it to whom it belongs already, so that all goes on as before. */
function transfer(path: string, extras: Extras = {}): Promise<Sent> {
  return call('PUT', `${path}/owner`, { body: { createdBy: 'ann' }, headers: ADMIN, ...extras });
}

function openTo(path: string) {
  return {
    200: () => call('GET', path),
    403: () => call('GET', path, { headers: EVIL }),
  };
}

async function withoutStore(act: () => Promise<Sent>): Promise<Sent> {
  storeFails.now = true;
  return act().finally(() => (storeFails.now = false));
}

async function contendedDelete({ path, copy }: Kind): Promise<Sent> {
  await copy('contended');
  return call('DELETE', `${path}/contended`);
}

async function contendedEnable({ path, copy }: Kind): Promise<Sent> {
  await copy('off');
  return call('POST', `${path}/off/enable`);
}

/** Puts the resource that is there also under another name, where others change it all the time. */
async function copied<R extends Resource>(store: ResourceStore<R>, name: string): Promise<void> {
  const { value } = (await store.get('weather'))!;
  const disabled = name === 'off' ? { at: value.createdAt, by: 'ann' } : undefined;
  await store.create({ ...value, name, description: 'contended', disabled });
}

/** The last that is asked of it: from now on it says that it ends. */
function unready(): Promise<Sent> {
  api.stopping.abort();
  return call('GET', '/health/ready');
}

function assertBody(what: string, answer: Sent, content: z.output<typeof Content>): void {
  const type = answer.headers.get('content-type')?.split(';')[0];
  expect([what, type]).toEqual([what, Object.keys(content)[0]]);
  if (type === undefined) return;
  const validate = compile(content[type]!.schema);
  const valid = validate(type.endsWith('json') ? answer.body : answer.text);
  expect([what, valid, validate.errors ?? []]).toEqual([what, true, []]);
}

function compile(schema: Record<string, unknown>): ValidateFunction {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  for (const name of ['cidrv4', 'cidrv6']) ajv.addFormat(name, true); // said by the pattern as well
  return ajv.compile({ ...schema, components: document.components });
}
