import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Adapter } from '@mcp-gateway/core/domain/adapter';
import { Tool } from '@mcp-gateway/core/domain/tool';
import { testIssuer, type TestIssuer } from '@mcp-gateway/platform/entra/testing/issuer';
import { z } from 'zod';
import { tokenGateway, type TokenGateway } from './testing/token-gateway.ts';

/** What nobody may learn who may not read the resource. */
const HIDDEN = /hidden-image|quiet-words|Team\.Blue|ann-oid|vault\/key|WHISPER/;
/** What is shown to writers alone. */
const VALUES = /sesame-4711|vault\/key/;

const SPEC = {
  name: 'weather',
  imageName: 'team/hidden-image',
  imageVersion: '1.0.0',
  description: 'quiet-words',
  requiredRoles: ['Team.Blue'],
  environmentVariables: { WHISPER: 'sesame-4711' },
};
const KINDS = {
  adapter: { path: '/adapters', spec: SPEC },
  tool: {
    path: '/tools',
    spec: {
      ...SPEC,
      toolDefinition: { tool: { name: 'weather', inputSchema: { type: 'object' } } },
    },
  },
} as const;
type Kind = keyof typeof KINDS;

/** Callers by how they stand to what `ann-oid` has made. */
const CALLERS = ['anonymous', 'stranger', 'creator', 'admin', 'shared', 'reader', 'maker', 'identified', 'connected', 'app', 'sharedApp', 'creatorApp', 'appWithoutRole', 'userWithoutScope'] as const; // prettier-ignore
type Caller = (typeof CALLERS)[number];
/** Whose token is good but for nothing here, whatever they are to the resource. */
const INSUFFICIENT: readonly Caller[] = ['appWithoutRole', 'userWithoutScope'];

const SETTINGS = {
  'no setting': {},
  'a role for readers': { READER_ROLE: 'mcp.reader' },
  'a role for those who create': { CREATE_ROLE: 'maker' },
  'roles for privileges': { WORKLOAD_IDENTITY_ROLE: 'identity', EGRESS_ROLE: 'network', SECRET_ROLES: 'vault=identity' }, // prettier-ignore
} as const satisfies Record<string, Record<string, string>>;
type Setting = keyof typeof SETTINGS;

type Right = 'open' | 'signedIn' | 'create' | 'read' | 'write' | 'admin' | 'workloadIdentity' | 'privateEgress' | 'secret'; // prettier-ignore

/** Written down a second time on purpose: who has a right; everybody else has not. */
function holders(right: Right, setting: Setting): readonly Caller[] {
  const readers: readonly Caller[] = setting === 'a role for readers' ? ['reader'] : [];
  const privileged = setting === 'roles for privileges';
  const known = CALLERS.filter((caller) => caller !== 'anonymous' && !INSUFFICIENT.includes(caller)); // prettier-ignore
  switch (right) {
    case 'open':
      return CALLERS;
    case 'signedIn':
      return known;
    case 'create':
      if (setting === 'a role for those who create') return ['admin', 'maker'];
      return known.filter((caller) => !readers.includes(caller));
    case 'read':
      return ['creator', 'creatorApp', 'admin', 'shared', 'sharedApp', ...readers];
    case 'write':
      return ['creator', 'creatorApp', 'admin'];
    case 'admin':
      return ['admin'];
    case 'workloadIdentity':
      return privileged ? ['admin', 'identified'] : ['admin'];
    case 'privateEgress':
      return privileged ? ['admin', 'connected'] : ['admin'];
    case 'secret':
      return privileged ? ['admin', 'identified'] : ['admin'];
  }
}

const CHANGING: readonly (Right | undefined)[] = ['create', 'write', 'admin'];

interface Entry {
  readonly rights: readonly Right[];
  readonly query?: string;
  readonly body?: object;
  /** Who makes the resource before, and as what, where that matters. */
  readonly before?: object;
}

const EGRESS = { egress: [{ cidr: '10.0.0.0/8' }] };
const SECRET = { secretEnvironmentVariables: { KEY: 'vault/key' } };
const IDENTITY = { useWorkloadIdentity: true };

/** Every operation of one kind, and what it needs. */
function entriesOf(one: string, { spec }: (typeof KINDS)[Kind]): Readonly<Record<string, Entry>> {
  const fresh = (more: object = {}) => {
    const renamed = 'toolDefinition' in spec ? { toolDefinition: { tool: { name: 'fresh', inputSchema: { type: 'object' } } } } : {}; // prettier-ignore
    return { ...spec, ...renamed, name: 'fresh', ...more };
  };
  const changed = (more: object = {}) => ({ ...spec, description: 'changed', ...more });
  return {
    [`create${one}`]: { rights: ['create'], body: fresh() },
    [`create${one} with an identity`]: { rights: ['create', 'workloadIdentity'], body: fresh(IDENTITY) }, // prettier-ignore
    [`create${one} with private addresses`]: { rights: ['create', 'privateEgress'], body: fresh(EGRESS) }, // prettier-ignore
    [`create${one} with a secret`]: { rights: ['create', 'secret'], body: fresh(SECRET) },
    [`list${one}s`]: { rights: ['signedIn'] },
    [`list${one}s that words find`]: { rights: ['signedIn'], query: '?search=weather+quiet' },
    [`get${one}`]: { rights: ['read'] },
    [`get${one}Status`]: { rights: ['read'] },
    [`get${one}Logs`]: { rights: ['read'], query: '?tail=1' },
    [`replace${one}`]: { rights: ['write'], body: changed() },
    [`replace${one} with an identity`]: { rights: ['write', 'workloadIdentity'], body: changed(IDENTITY) }, // prettier-ignore
    [`replace${one} with private addresses`]: { rights: ['write', 'privateEgress'], body: changed(EGRESS) }, // prettier-ignore
    [`replace${one} with a secret`]: { rights: ['write', 'secret'], body: changed(SECRET) },
    [`replace${one} that has an identity already`]: { rights: ['write', 'workloadIdentity'], before: IDENTITY, body: changed(IDENTITY) }, // prettier-ignore
    [`replace${one} that has a secret already`]: { rights: ['write', 'secret'], before: SECRET, body: changed(SECRET) }, // prettier-ignore
    [`replace${one} that had an identity`]: {
      rights: ['write'],
      before: IDENTITY,
      body: changed(),
    },
    [`transfer${one}`]: { rights: ['admin'], body: { createdBy: 'eve-oid' } },
    [`disable${one}`]: { rights: ['write'], body: {} },
    [`enable${one}`]: { rights: ['write'] },
    [`delete${one}`]: { rights: ['write'] },
  };
}

/** What is not of the API's description: the endpoints that MCP clients use. */
const MCP: Readonly<Record<string, { method: string; path: string }>> = {
  'mcp post': { method: 'POST', path: '/adapters/{name}/mcp' },
  'mcp get': { method: 'GET', path: '/adapters/{name}/mcp' },
  'mcp delete': { method: 'DELETE', path: '/adapters/{name}/mcp' },
};
const CALL = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };

const ENTRIES: Readonly<Record<string, Entry>> = {
  ...entriesOf('Adapter', KINDS.adapter),
  ...entriesOf('Tool', KINDS.tool),
  adapterClientConfig: { rights: ['read'], query: '?client=vscode' },
  mcpClientConfig: { rights: ['signedIn'], query: '?client=vscode' },
  'mcp post': { rights: ['read'], body: CALL },
  'mcp get': { rights: ['read'] },
  'mcp delete': { rights: ['read'] },
  apiMetadata: { rights: ['open'] },
  mcpMetadata: { rights: ['open'] },
  adapterMetadata: { rights: ['open'] },
  ping: { rights: ['open'] },
  live: { rights: ['open'] },
  ready: { rights: ['open'] },
  welcome: { rights: ['open'] },
  portalConfig: { rights: ['open'] },
  openapi: { rights: ['open'] },
};

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

let issuer: TestIssuer;
let tokens: Readonly<Record<Caller, string | undefined>>;

beforeAll(async () => {
  issuer = await testIssuer();
  const user = (claims: object) => issuer.sign(issuer.user({ name: undefined, ...claims }));
  tokens = {
    anonymous: undefined,
    stranger: await user({ oid: 'eve-oid', roles: ['Team.Red', 'mcp.admins'] }),
    creator: await user({ oid: 'ann-oid' }),
    admin: await user({ oid: 'root-oid', roles: ['MCP.Admin'] }),
    shared: await user({ oid: 'bob-oid', roles: ['team.blue'] }),
    reader: await user({ oid: 'rea-oid', roles: ['mcp.reader'] }),
    maker: await user({ oid: 'mia-oid', roles: ['maker'] }),
    identified: await user({ oid: 'ida-oid', roles: ['identity'] }),
    connected: await user({ oid: 'net-oid', roles: ['network'] }),
    app: await issuer.sign(issuer.app({ oid: 'app-oid', roles: ['mcp.caller'] })),
    sharedApp: await issuer.sign(issuer.app({ oid: 'app-oid', roles: ['Team.Blue'] })),
    creatorApp: await issuer.sign(issuer.app({ oid: 'ann-oid', roles: ['mcp.caller'] })),
    appWithoutRole: await issuer.sign(issuer.app({ oid: 'ann-oid', roles: [] })),
    userWithoutScope: await user({ oid: 'ann-oid', roles: ['mcp.admin'], scp: 'other' }),
  };
});
afterAll(() => issuer.stop());

describe.each(Object.keys(SETTINGS) as Setting[])('with %s', (setting) => {
  let gateway: TokenGateway;
  let operations: ReadonlyMap<string, { readonly method: string; readonly path: string }>;

  beforeAll(async () => {
    gateway = await tokenGateway(issuer, { SCOPE: 'mcp.access', ...SETTINGS[setting] });
    const { paths } = Document.parse(await (await fetch(`${gateway.url}/openapi.json`)).json());
    const described = Object.entries(paths).flatMap(
      ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method: method.toUpperCase(), path })), // prettier-ignore
    );
    operations = new Map([...described.map((one) => [one.operationId, one] as const), ...Object.entries(MCP)]); // prettier-ignore
  });
  afterAll(() => gateway.stop());

  test('every operation of the API and of the data plane has an entry', () => {
    const entered = new Set(Object.keys(ENTRIES).map(operationOf));
    expect([...entered].sort()).toEqual([...operations.keys()].sort());
  });

  test.each(Object.keys(ENTRIES))(
    '%s is for those who may, and tells all others nothing',
    async (title) => {
      const entry = ENTRIES[title]!; // one of its keys
      await prepare(entry);
      for (const caller of CALLERS) {
        const state = await stateOf();
        const answer = await ask(title, caller, 'weather');
        expect([caller, answer.status, answer.text]).toEqual([caller, statusFor(title, entry, caller), answer.text]); // prettier-ignore
        if (answer.status >= 400) assertHides(answer, state, await stateOf());
        else assertShows(entry, caller, answer);
        if (answer.status < 300 && CHANGING.includes(entry.rights[0])) await prepare(entry);
      }
    },
  );

  test('whoever is not signed in cannot tell what exists, and whoever is learns no more than that', async () => {
    await prepare({ rights: [] });
    for (const [title, { rights }] of Object.entries(ENTRIES)) {
      if (!operations.get(operationOf(title))?.path.includes('{name}') || rights[0] === 'open') continue; // prettier-ignore
      const [there, missing] = [await ask(title, 'anonymous', 'weather'), await ask(title, 'anonymous', 'nothing')]; // prettier-ignore
      expect([title, neutral(there)]).toEqual([title, neutral(missing)]);
      const { status } = await ask(title, 'stranger', 'nothing');
      expect([title, status]).toEqual([title, 404]);
    }
  });

  test('the log has neither values nor tokens', () => {
    expect(gateway.logged()).toContain('adapter created');
    expect(gateway.logged()).not.toMatch(/sesame|eyJ/);
  });

  function statusFor(title: string, { rights }: Entry, caller: Caller): number {
    if (rights[0] === 'open') return 200;
    if (caller === 'anonymous') return 401;
    if (!rights.every((right) => holders(right, setting).includes(caller))) return 403;
    if (title.startsWith('create')) return 201;
    return title.startsWith('delete') ? 204 : 200;
  }

  /** Puts in place what `ann-oid` owns, as it is before each request. */
  async function prepare({ before = {} }: Entry): Promise<void> {
    for (const name of ['weather', 'fresh']) {
      await removed(gateway.stores.adapters, name);
      await removed(gateway.stores.tools, name);
    }
    const at = '2026-01-01T00:00:00.000Z';
    const record = { uid: 'uid-1', createdBy: 'ann-oid', createdAt: at, lastUpdatedAt: at, ...before }; // prettier-ignore
    await gateway.stores.adapters.create(Adapter.parse({ ...SPEC, ...record }));
    await gateway.stores.tools.create(Tool.parse({ ...KINDS.tool.spec, ...record }));
    for (const kind of ['adapter', 'tool'] as const) {
      gateway.orchestrator.running.set(`${kind}-weather`, { kind, name: 'weather', replicas: 1, image: { name: 'team/hidden-image', version: '1.0.0' } } as never); // prettier-ignore
    }
  }

  async function stateOf(): Promise<unknown> {
    const { adapters, tools } = gateway.stores;
    const records = [];
    for (const name of ['weather', 'fresh']) records.push(await adapters.get(name), await tools.get(name)); // prettier-ignore
    return { records, calls: gateway.orchestrator.calls.length, reached: gateway.reached() };
  }

  interface Told {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
  }

  async function ask(title: string, caller: Caller, name: string): Promise<Told> {
    const { method, path } = operations.get(operationOf(title))!; // the first test says that it is there
    const { query = '', body } = ENTRIES[title]!; // one of its keys
    const token = tokens[caller];
    const text = body && JSON.stringify(body).replaceAll('"name":"weather"', `"name":"${name}"`);
    const response = await fetch(`${gateway.url}${path.replace('{name}', name)}${query}`, {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(text !== undefined && { body: text }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  function assertShows({ rights }: Entry, caller: Caller, { text }: Told): void {
    const mayRead = holders('read', setting).includes(caller);
    const isList = rights[0] === 'signedIn' || rights[0] === 'open';
    if (isList && !mayRead) expect([caller, text]).toEqual([caller, expect.not.stringMatching(HIDDEN)]); // prettier-ignore
    const ownIsNew = rights[0] === 'create';
    const mayWrite = ownIsNew || holders('write', setting).includes(caller);
    if (!mayWrite) expect([caller, text]).toEqual([caller, expect.not.stringMatching(VALUES)]);
  }

  function assertHides({ headers, text }: Told, before: unknown, after: unknown): void {
    expect(text).not.toMatch(HIDDEN);
    expect(headers.get('etag')).toBeNull();
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(after).toEqual(before);
  }
});

/** Several entries may be of one operation, with different bodies. */
function operationOf(title: string): string {
  return title in MCP ? title : (title.split(' ')[0] ?? '');
}

/** An answer without what differs each time, and without the name that was asked for. */
function neutral({
  status,
  headers,
  text,
}: {
  status: number;
  headers: Headers;
  text: string;
}): unknown {
  const without = (of: string | null): string =>
    (of ?? '')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
      .replaceAll(/weather|nothing/g, 'name');
  return [status, without(text), without(headers.get('www-authenticate'))];
}

async function removed(
  store: TokenGateway['stores'][keyof TokenGateway['stores']],
  name: string,
): Promise<void> {
  const stored = await store.get(name);
  if (stored !== undefined) await store.delete(name, stored.etag);
}
