import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { forgeries } from '@mcp-gateway/platform/entra/testing/forgeries';
import { TENANT, testIssuer, type Claims, type TestIssuer } from '@mcp-gateway/platform/entra/testing/issuer'; // prettier-ignore
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, post, textOf } from '../support/mcp.ts';
import { startEntraGateway } from '../support/oidc.ts';
import { until } from '../support/until.ts';

const PAGE = 'https://portal.example.com';
const SPEC = { name: 'hello', imageName: 'mcp-example', imageVersion: '1.0.0' };
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'page', version: '1' },
  },
};
let issuer: TestIssuer;
let gateway: RunningGateway;
let scope = '';
const mcp = (): string => `${gateway.url}/adapters/hello/mcp`;

beforeAll(async () => {
  issuer = await testIssuer();
  gateway = await startEntraGateway(issuer, {
    SCOPE: 'mcp.access',
    READER_ROLE: 'mcp.reader',
    GROUP_ROLES: 'g-readers=mcp.reader',
    ALLOWED_ORIGINS: PAGE,
  });
  scope = (await portal()).scopes[0] ?? '';
  const created = await send('POST', '/adapters', await as({}), { ...SPEC, requiredRoles: ['mcp.caller'] }); // prettier-ignore
  expect([created.status, await created.json()]).toMatchObject([201, { createdBy: 'ann-oid' }]);
  const headers = await as({});
  await until('hello is ready', 60_000, async () => {
    const status = await (await send('GET', '/adapters/hello/status', headers)).json();
    return (status as { readyReplicas: number }).readyReplicas === 1 || JSON.stringify(status);
  });
}, 120_000);

afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
}, 60_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const as = async (claims: Claims) => bearer(await issuer.sign(issuer.user(claims)));
const asReader = () => as({ oid: 'rea', groups: ['G-Readers'] });

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: object,
): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function portal(): Promise<{ clientId: string; scopes: string[] }> {
  const config = await (await send('GET', '/portal/config')).json();
  return (config as { azureAd: { clientId: string; scopes: string[] } }).azureAd;
}

test('a challenge leads to metadata, the metadata to the issuer, and its token to the tools', async () => {
  const refused = await send('POST', '/adapters/hello/mcp', {}, { jsonrpc: '2.0', id: 7, method: 'ping' }); // prettier-ignore
  expect(refused.status).toBe(401);
  const wellKnown = `${gateway.url}/.well-known/oauth-protected-resource/adapters/hello/mcp`;
  expect(refused.headers.get('www-authenticate')).toBe(`Bearer resource_metadata="${wellKnown}", scope="${scope}"`); // prettier-ignore
  expect(await refused.json()).toMatchObject({ id: 7, error: { code: 401 } });
  expect(scope).toMatch(/^api:\/\/[0-9a-f-]{36}\/mcp\.access$/);

  const metadata = (await (await fetch(wellKnown)).json()) as { authorization_servers: string[] };
  expect(metadata).toEqual({
    resource: mcp(),
    authorization_servers: [expect.stringMatching(/\/v2\.0$/)],
    scopes_supported: [scope],
    bearer_methods_supported: ['header'],
  });
  const found = await fetch(
    `${metadata.authorization_servers[0]}/.well-known/openid-configuration`,
  );
  expect(await found.json()).toMatchObject({ issuer: metadata.authorization_servers[0] });

  const session = await openSession(mcp(), await as({}));
  const who = JSON.parse(textOf(await session.call(mcp(), 'whoami'))) as unknown;
  expect(who).toMatchObject({ userId: 'ann-oid' });
});

test('the SDK gets in by itself, and asks for a token of exactly this resource', async () => {
  const authProvider = new ClientCredentialsProvider({
    clientId: 'robot',
    clientSecret: 'robots',
    expectedIssuer: `${issuer.origin}/${TENANT}/v2.0`,
  });
  const client = new Client({ name: 'robot', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(mcp()), { authProvider });
  try {
    await client.connect(transport);
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    expect(JSON.stringify(content)).toContain('robot');
  } finally {
    await client.close();
  }
  expect(issuer.grants).toHaveLength(1);
  expect(issuer.grants[0]?.get('resource')).toBe(mcp());
});

test('metadata is there for every path, for anybody, and for scripts of allowed pages', async () => {
  for (const path of ['', '/mcp', '/adapters/unheard-of/mcp', '/adapters/hello/mcp/']) {
    const url = `/.well-known/oauth-protected-resource${path}`;
    const response = await send('GET', url, { origin: PAGE });
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(await response.json()).toMatchObject({ resource: `${gateway.url}${path.replace(/\/$/, '')}` }); // prettier-ignore
    const preflight = await send('OPTIONS', url, { origin: PAGE, 'access-control-request-method': 'GET', 'access-control-request-headers': 'mcp-protocol-version' }); // prettier-ignore
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('mcp-protocol-version');
  }
  const odd = await send('GET', '/.well-known/oauth-protected-resource/adapters/%22x/mcp');
  expect(odd.status).toBe(404);
});

test('the API challenges as well, with the metadata of its own', async () => {
  const metadata = `resource_metadata="${gateway.url}/.well-known/oauth-protected-resource"`;
  const none = await send('GET', '/adapters');
  expect(none.status).toBe(401);
  expect(none.headers.get('www-authenticate')).toBe(`Bearer ${metadata}, scope="${scope}"`);
  const bad = await send('GET', '/adapters', bearer('a.b.c'));
  expect(bad.headers.get('www-authenticate')).toBe(`Bearer ${metadata}, scope="${scope}", error="invalid_token"`); // prettier-ignore
});

test('a stranger may neither read nor call, and learns which scope there is', async () => {
  const headers = await as({ oid: 'eve' });
  const challenge = `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource`; // prettier-ignore
  const read = await send('GET', '/adapters/hello', headers);
  expect([read.status, read.headers.get('www-authenticate')]).toEqual([403, `${challenge}"`]);
  const call = await send('POST', '/adapters/hello/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'ping' }); // prettier-ignore
  expect([call.status, call.headers.get('www-authenticate')]).toEqual([403, `${challenge}/adapters/hello/mcp"`]); // prettier-ignore
  expect(await (await send('GET', '/adapters', headers)).json()).toEqual([]);
});

test('a user without the scope, or an application without a role, is known but may nothing', async () => {
  const tokens = [
    await issuer.sign(issuer.user({ scp: 'other' })),
    await issuer.sign(issuer.app({ roles: [] })),
  ];
  for (const token of tokens) {
    for (const path of ['/adapters', '/adapters/hello/mcp']) {
      const response = await send('GET', path, bearer(token));
      expect(response.status).toBe(403);
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    }
  }
});

test('a reader, known by a group, may read and call everything and write nothing', async () => {
  const headers = await asReader();
  expect((await send('GET', '/adapters/hello', headers)).status).toBe(200);
  expect(await (await send('GET', '/adapters', headers)).json()).toHaveLength(1);
  const session = await openSession(mcp(), headers);
  expect(textOf(await session.call(mcp(), 'echo', { message: 'read' }))).toContain('read');
  expect((await send('POST', '/adapters', headers, { ...SPEC, name: 'mine' })).status).toBe(403);
  expect((await send('PUT', '/adapters/hello', headers, SPEC)).status).toBe(403);
  expect((await send('DELETE', '/adapters/hello', headers)).status).toBe(403);
});

test('a session belongs to whom opened it, whoever brings its id', async () => {
  const session = await openSession(mcp(), await as({}));
  const stolen = { ...(await asReader()), 'mcp-session-id': session.id };
  const answer = await post(mcp(), { jsonrpc: '2.0', id: 1, method: 'tools/list' }, stolen);
  expect(answer.status).toBe(404);
});

test('what a caller says of itself counts for nothing here', async () => {
  const claims = { 'x-dev-userid': 'ann-oid', 'x-dev-roles': 'mcp.admin' };
  expect((await send('GET', '/adapters/hello', claims)).status).toBe(401);
  const stranger = { ...(await as({ oid: 'eve' })), ...claims };
  expect((await send('GET', '/adapters/hello', stranger)).status).toBe(403);
});

test('forged, stale and broken tokens are refused on every path, and never fail the gateway', async () => {
  const places = [
    ['GET', '/adapters'],
    ['POST', '/adapters'],
    ['GET', '/adapters/hello'],
    ['PUT', '/adapters/hello'],
    ['DELETE', '/adapters/hello'],
    ['POST', '/adapters/hello/mcp'],
    ['GET', '/adapters/hello/mcp'],
    ['DELETE', '/adapters/hello/mcp'],
    ['POST', '/mcp'],
    ['GET', '/adapters/unheard-of'],
    ['POST', '/adapters/unheard-of/mcp'],
  ] as const;
  const wrong: unknown[] = [];
  const verdicts = Object.entries(await forgeries(issuer)).map(async ([title, authorization]) => {
    for (const [method, path] of places) {
      const body = method === 'POST' || method === 'PUT' ? { jsonrpc: '2.0', id: 1, method: 'ping', ...SPEC } : undefined; // prettier-ignore
      const answer = await send(method, path, { authorization }, body);
      const text = await answer.text();
      const challenge = answer.headers.get('www-authenticate') ?? '';
      const isRefused = answer.status === 401 && challenge.endsWith('error="invalid_token"');
      if (!isRefused || /ann-oid|mcp\.admin|eyJ/.test(text)) wrong.push([title, method, path, answer.status, challenge]); // prettier-ignore
    }
  });
  await Promise.all(verdicts);
  expect(verdicts.length).toBeGreaterThan(90);
  expect(wrong).toEqual([]);
  expect(gateway.logs()).not.toMatch(/"level":(50|60)/);
  expect((await send('GET', '/adapters/hello', await as({}))).status).toBe(200);
}, 60_000);

test('scripts of an allowed page may call tools and read what the gateway says, those of others not', async () => {
  const token = await as({});
  const paths = ['/adapters/hello/mcp', '/mcp', '/adapters'];
  const ask = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, mcp-param-region, last-event-id' }; // prettier-ignore
  for (const path of paths) {
    const allowed = await send('OPTIONS', path, { origin: PAGE, ...ask });
    expect([path, allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([path, 204, ask['access-control-request-headers']]); // prettier-ignore
    expect(allowed.headers.get('access-control-allow-methods')).toContain('DELETE');
    for (const origin of ['https://evil.example', `${PAGE}.evil.example`, 'null', `${PAGE}/`]) {
      const preflight = await send('OPTIONS', path, { origin, ...ask });
      const call = await send('POST', path, { origin, ...token }, { jsonrpc: '2.0', id: 1, method: 'ping' }); // prettier-ignore
      expect([preflight.headers.get('access-control-allow-origin'), call.headers.get('access-control-allow-origin'), call.headers.get('access-control-allow-headers')]).toEqual([null, null, null]); // prettier-ignore
      expect([path, origin, call.status]).toEqual([path, origin, 403]);
    }
  }
  const refused = await send('POST', '/adapters/hello/mcp', { origin: PAGE }, { jsonrpc: '2.0', id: 1, method: 'ping' }); // prettier-ignore
  const called = await send('POST', '/adapters/hello/mcp', { origin: PAGE, accept: 'application/json, text/event-stream', ...token }, INITIALIZE); // prettier-ignore
  expect([refused.status, called.status]).toEqual([401, 200]);
  expect(called.headers.get('mcp-session-id')).not.toBeNull();
  for (const { headers } of [refused, called]) {
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-expose-headers')).toMatch(
      /Mcp-Session-Id.*WWW-Authenticate/,
    );
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
  await called.text();
});

test('of two Authorization headers neither counts', async () => {
  const good = await issuer.sign(issuer.user());
  for (const path of ['/adapters', '/adapters/hello/mcp']) {
    for (const [first, second] of [
      [good, 'x'],
      ['x', good],
      [good, good],
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nConnection: close\r\nAuthorization: Bearer ${first}\r\nauthorization: Bearer ${second}\r\n\r\n`); // prettier-ignore
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
  }
});

test('while the issuer is away known keys work on, and tokens of unknown ones are to be tried again', async () => {
  issuer.behave('error');
  try {
    expect((await send('GET', '/adapters/hello', await as({ n: 1 }))).status).toBe(200);
    const fresh = await startEntraGateway(issuer);
    try {
      const response = await fetch(`${fresh.url}/adapters`, { headers: await as({}) });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      issuer.behave('well');
      await until('keys are fetched again', 30_000, async () => {
        const { status } = await fetch(`${fresh.url}/adapters`, { headers: await as({}) });
        return status === 200 || status;
      });
    } finally {
      await fresh.stop();
    }
  } finally {
    issuer.behave('well');
  }
}, 90_000);

test('metrics can be scraped by any host name, but not by web pages', async () => {
  const { host } = new URL(gateway.managementUrl);
  const ask = (more: string) => raw(`GET /metrics HTTP/1.1\r\nHost: 10.0.0.7:8001\r\nConnection: close\r\n${more}\r\n`, host); // prettier-ignore
  expect(await ask('')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ask('Origin: https://evil.example\r\n')).toMatch(/^HTTP\/1\.1 403 /);
});

test.each([
  [{ IDENTITY: 'entra' }, /PUBLIC_ORIGIN: is needed.*TENANT_ID: is needed.*CLIENT_ID: is needed/s],
  [
    { IDENTITY: 'oidc', OIDC_ISSUER: 'https://id.example', AUDIENCES: 'a', PUBLIC_ORIGIN: 'http://mcp.example.com' }, // prettier-ignore
    /PUBLIC_ORIGIN: must be https/,
  ],
  [{ HOST: '0.0.0.0' }, /HOST: development identity/],
  [{ PUBLIC_ORIGIN: 'https://mcp.example.com' }, /PUBLIC_ORIGIN: must be on this machine/],
] as const)(
  'the program does not start with %p',
  async (env, why) => {
    const failure = await startGateway({ env: { ...env } }).then(
      async (started) => `started, ended with ${await started.stop()}`,
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/ended with 2/);
    expect(failure).toMatch(why);
  },
  60_000,
);

async function raw(request: string, host = new URL(gateway.url).host): Promise<string> {
  const { hostname, port } = new URL(`http://${host}`);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  return text(socket);
}
