import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { CLIENT, TENANT } from '@mcp-gateway/platform/entra/testing/issuer';
import * as modern from '@modelcontextprotocol/client';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { OTHER_SCOPE, ROBOT, SCOPE, startEntraProvider, type EntraProvider, type Shape } from '../support/entra-provider.ts'; // prettier-ignore
import type { RunningGateway } from '../support/gateway.ts';
import { oauthUser } from '../support/oauth-user.ts';
import { startTokenGateway } from '../support/oidc.ts';
import { CLIENT_ID } from '../support/oidc-provider.ts';
import { until } from '../support/until.ts';

const INFO = { name: 'desktop', version: '1' };
type User = ReturnType<typeof oauthUser>;
type Robot = typeof ROBOT & { readonly expectedIssuer: string };

/** One connection of a client of an SDK. */
interface Visit {
  readonly connect: () => Promise<void>;
  /** Brings what the browser came back with. */
  readonly finish: (came: URLSearchParams) => Promise<void>;
  readonly whoami: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Both SDKs, with clients of their own make. */
const SDKS = {
  '1.x': { user: ({ authProvider }: User) => legacy(authProvider), robot: (of: Robot) => legacy(new ClientCredentialsProvider(of)) }, // prettier-ignore
  '2.x': { user: ({ authProvider }: User) => latest(authProvider), robot: (of: Robot) => latest(new modern.ClientCredentialsProvider(of)) }, // prettier-ignore
} as const;
const NAMES = Object.keys(SDKS) as (keyof typeof SDKS)[];

let provider: EntraProvider;
let gateway: RunningGateway;
const visits: Visit[] = [];
const mcp = (): string => `${gateway.url}/adapters/hello/mcp`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

beforeAll(async () => {
  provider = await startEntraProvider();
  gateway = await startTokenGateway(() => ({
    IDENTITY: 'entra',
    TENANT_ID: TENANT,
    CLIENT_ID: CLIENT,
    AUTHORITY: provider.origin,
    SCOPE: 'mcp.access',
    MCP_CLIENT_ID: CLIENT_ID,
    GROUP_ROLES: 'g-callers=mcp.caller',
    DRAIN_SECONDS: '1',
  }));
  provider.shape({ claims: { roles: ['mcp.caller'] } });
  const headers = { ...bearer(await robotToken()), 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'hello', imageName: 'mcp-example', imageVersion: '1.0.0', requiredRoles: ['mcp.caller'] }); // prettier-ignore
  const created = await fetch(`${gateway.url}/adapters`, { method: 'POST', headers, body });
  expect([created.status, await created.json()]).toMatchObject([201, { createdBy: 'robot-oid' }]);
  await until('hello is ready', 60_000, async () => {
    const status = await fetch(`${gateway.url}/adapters/hello/status`, { headers });
    const { readyReplicas } = (await status.json()) as { readyReplicas: number };
    return readyReplicas === 1 || readyReplicas;
  });
}, 120_000);

afterEach(async () => {
  for (const visit of visits.splice(0)) await visit.close();
  provider.shape({ version: 2, claims: { roles: ['mcp.caller'] }, refresh: false });
});

afterAll(async () => {
  await gateway.stop();
  await provider.stop();
}, 60_000);

test.each(NAMES)(
  'a user of the %s SDK is led from the challenge to the tools',
  async (name) => {
    const user = oauthUser({ clientId: CLIENT_ID });
    await signIn(name, user);
    const visit = SDKS[name].user(user);
    await visit.connect();
    expect(await visit.whoami()).toContain('ann-oid');
    const [asked] = user.asked();
    expect(asked?.searchParams.get('scope')).toBe(SCOPE);
    expect(asked?.searchParams.get('resource')).toBe(mcp());
    expect(user.asked()).toHaveLength(1);
  },
  60_000,
);

test('the files for clients say where to go, and with which client to sign in', async () => {
  const headers = bearer(await robotToken());
  const file = async (client: string): Promise<unknown> =>
    (
      await fetch(`${gateway.url}/adapters/hello/client-config?client=${client}`, { headers })
    ).json();
  const type = 'http';
  const oauth = { clientId: CLIENT_ID };
  expect(await file('vscode')).toEqual({ servers: { hello: { type, url: mcp(), oauth } } });
  expect(await file('claude')).toEqual({ mcpServers: { hello: { type, url: mcp(), oauth } } });
  const auth = { CLIENT_ID, scopes: [SCOPE] };
  expect(await file('cursor')).toEqual({ mcpServers: { hello: { url: mcp(), auth } } });

  // What the file says is all that a client needs.
  const { servers } = (await file('vscode')) as { servers: { hello: { oauth: typeof oauth } } };
  const user = oauthUser(servers.hello.oauth);
  await signIn('1.x', user);
  const visit = SDKS['1.x'].user(user);
  await visit.connect();
  expect(await visit.whoami()).toContain('ann-oid');
}, 60_000);

test.each(NAMES)(
  'a user of the %s SDK whose token has another scope only is asked for more, and then gets in',
  async (name) => {
    const user = oauthUser({ clientId: CLIENT_ID, firstScope: OTHER_SCOPE });
    await signIn(name, user);
    const refused = await fetch(mcp(), { method: 'POST', headers: bearer(user.tokens()?.access_token ?? '') }); // prettier-ignore
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining(`error="insufficient_scope", scope="${SCOPE}"`)]); // prettier-ignore

    await signIn(name, user); // with the token that is not enough
    expect(user.asked()[1]?.searchParams.get('scope')).toContain(SCOPE);
    const visit = SDKS[name].user(user);
    await visit.connect();
    expect(await visit.whoami()).toContain('ann-oid');
    expect(user.asked()).toHaveLength(2);
  },
  60_000,
);

test.each(NAMES)(
  'a client of the %s SDK whose token has run out gets a new one and tries again, without a browser',
  async (name) => {
    const user = oauthUser({ clientId: CLIENT_ID });
    const past = Math.floor(Date.now() / 1000) - 300;
    provider.shape({ refresh: true, claims: { roles: ['mcp.caller'], exp: past } });
    await signIn(name, user);
    const stale = user.tokens()?.access_token ?? '';
    const refused = await fetch(mcp(), { method: 'POST', headers: bearer(stale) });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')]); // prettier-ignore

    provider.shape({ claims: { roles: ['mcp.caller'] } });
    const visit = SDKS[name].user(user);
    await visit.connect();
    expect(await visit.whoami()).toContain('ann-oid');
    expect(user.tokens()?.access_token).not.toBe(stale);
    expect(user.asked()).toHaveLength(1);
  },
  60_000,
);

test.each(NAMES)(
  'an application that uses the %s SDK signs in as itself',
  async (name) => {
    const expectedIssuer = `${provider.origin}/${TENANT}/v2.0`;
    const visit = SDKS[name].robot({ ...ROBOT, expectedIssuer });
    await visit.connect();
    expect(await visit.whoami()).toContain('robot-oid');
  },
  60_000,
);

test('tokens of both versions, of users and applications, with roles, groups and too many groups, count for what they say', async () => {
  const user = oauthUser({ clientId: CLIENT_ID });
  provider.shape({ refresh: true });
  await signIn('1.x', user);
  const verdict = async (token: string): Promise<unknown> => {
    const answer = await fetch(`${gateway.url}/adapters/hello`, { headers: bearer(token) });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  };
  for (const version of [1, 2] as const) {
    const ofUser = async (claims: Shape['claims']): Promise<unknown> => {
      provider.shape({ version, claims });
      return verdict(await refreshed(user));
    };
    const ofRobot = async (claims: Shape['claims']): Promise<unknown> => {
      provider.shape({ version, claims });
      return verdict(await robotToken());
    };
    expect(await ofUser({})).toEqual([403, 'forbidden']);
    expect(await ofUser({ roles: ['MCP.caller'] })).toEqual([200, undefined]);
    expect(await ofUser({ groups: ['other', 'G-Callers'] })).toEqual([200, undefined]);
    expect(await ofUser({ scp: 'mcp.other', roles: ['mcp.caller'] })).toEqual([403, 'insufficient_scope']); // prettier-ignore
    const source = { src1: { endpoint: `https://graph.microsoft.com/v1.0/users/ann-oid/getMemberObjects` } }; // prettier-ignore
    expect(await ofUser({ _claim_names: { groups: 'src1' }, _claim_sources: source })).toEqual([403, 'forbidden']); // prettier-ignore
    expect(await ofRobot({ roles: ['mcp.caller'] })).toEqual([200, undefined]);
    expect(await ofRobot({})).toEqual([403, 'insufficient_scope']);
    expect(await ofRobot({ idtyp: undefined, roles: ['mcp.caller'] })).toEqual([200, undefined]);
    expect(await ofRobot({ idtyp: undefined, scp: 'mcp.access', oid: 'eve', roles: [] })).toEqual([403, 'forbidden']); // prettier-ignore
  }
  expect(gateway.logs().match(/too many groups/g)).toHaveLength(1);
}, 60_000);

/** Connects until a browser is needed, and brings back what the browser got. */
async function signIn(name: keyof typeof SDKS, user: User): Promise<void> {
  const visit = SDKS[name].user(user);
  await expect(visit.connect()).rejects.toThrow(/unauthorized/i);
  await visit.finish(user.came());
}

function legacy(authProvider: OAuthClientProvider): Visit {
  const client = new LegacyClient(INFO);
  const transport = new LegacyTransport(new URL(mcp()), { authProvider });
  return kept({
    connect: () => client.connect(transport),
    finish: (came) => transport.finishAuth(came.get('code') ?? ''),
    whoami: async () => JSON.stringify(await client.callTool({ name: 'whoami', arguments: {} })),
    close: () => client.close(),
  });
}

function latest(authProvider: modern.OAuthClientProvider): Visit {
  const client = new modern.Client(INFO, { versionNegotiation: { mode: 'auto' } });
  const transport = new modern.StreamableHTTPClientTransport(new URL(mcp()), { authProvider });
  return kept({
    connect: () => client.connect(transport),
    finish: (came) => transport.finishAuth(came),
    whoami: async () => JSON.stringify(await client.callTool({ name: 'whoami', arguments: {} })),
    close: () => client.close(),
  });
}

function kept(visit: Visit): Visit {
  visits.push(visit);
  return visit;
}

async function refreshed(user: User): Promise<string> {
  const { refresh_token: token = '' } = user.tokens() ?? {};
  const answer = await tokens({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: token }); // prettier-ignore
  user.authProvider.saveTokens(answer);
  return answer.access_token;
}

async function robotToken(): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = ROBOT;
  return (await tokens({ grant_type: 'client_credentials', client_id, client_secret })).access_token; // prettier-ignore
}

type TokenAnswer = NonNullable<ReturnType<User['tokens']>>;

async function tokens(parameters: Record<string, string>): Promise<TokenAnswer> {
  const answer = await fetch(`${provider.origin}/${TENANT}/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ resource: mcp(), ...parameters }),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as TokenAnswer;
}
