import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RunningGateway } from '../support/gateway.ts';
import { oauthUser } from '../support/oauth-user.ts';
import { startTokenGateway } from '../support/oidc.ts';
import { CLIENT_ID, startProvider, type RunningProvider } from '../support/oidc-provider.ts'; // prettier-ignore
import { until } from '../support/until.ts';

let provider: RunningProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startProvider();
  gateway = await startTokenGateway((origin) => ({
    IDENTITY: 'oidc',
    OIDC_ISSUER: provider.issuer,
    AUDIENCES: `${origin}/adapters/hello/mcp`,
    SCOPE: 'mcp',
    CREATE_ROLE: 'maker',
    DRAIN_SECONDS: '1', // a connection that was opened and never used is no reason to wait
  }));
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await provider.stop();
}, 60_000);

test('a user of the SDK signs in at a provider of another make, and calls the tools of an own server', async () => {
  const { authProvider, came, tokens } = oauthUser({ clientId: CLIENT_ID });
  const url = new URL(`${gateway.url}/adapters/hello/mcp`);
  const transport = () => new StreamableHTTPClientTransport(url, { authProvider });

  const first = transport();
  await expect(new Client({ name: 'desktop', version: '1' }).connect(first)).rejects.toThrow(UnauthorizedError); // prettier-ignore
  await first.finishAuth(came().get('code') ?? '');
  expect(tokens()?.scope).toBe('mcp');

  await register(tokens()?.access_token ?? '');
  const client = new Client({ name: 'desktop', version: '1' });
  try {
    await client.connect(transport());
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    expect(JSON.stringify(content)).toMatch(/ann.*maker/);
  } finally {
    await client.close();
  }
}, 120_000);

test('an ID token of the same provider is no way in', async () => {
  const { authProvider, came, tokens } = oauthUser({ clientId: CLIENT_ID, firstScope: 'openid mcp' }); // prettier-ignore
  const url = new URL(`${gateway.url}/adapters/hello/mcp`);
  const transport = new StreamableHTTPClientTransport(url, { authProvider });
  await expect(new Client({ name: 'desktop', version: '1' }).connect(transport)).rejects.toThrow(UnauthorizedError); // prettier-ignore
  await transport.finishAuth(came().get('code') ?? '');
  const answer = await fetch(`${gateway.url}/adapters`, {
    headers: { authorization: `Bearer ${tokens()?.id_token}` },
  });
  expect(tokens()?.id_token).toMatch(/^eyJ/);
  expect(answer.status).toBe(401);
});

async function register(token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const spec = { name: 'hello', imageName: 'mcp-example', imageVersion: '1.0.0' };
  const created = await fetch(`${gateway.url}/adapters`, {
    method: 'POST',
    headers,
    body: JSON.stringify(spec),
  });
  expect([created.status, await created.json()]).toMatchObject([201, { createdBy: 'ann' }]);
  await until('hello is ready', 60_000, async () => {
    const status = await fetch(`${gateway.url}/adapters/hello/status`, { headers });
    const { readyReplicas } = (await status.json()) as { readyReplicas: number };
    return readyReplicas === 1 || readyReplicas;
  });
}
