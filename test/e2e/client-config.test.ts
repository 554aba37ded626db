import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const ANN = { 'x-dev-userid': 'ann', 'x-dev-name': 'Ann A.', 'x-dev-roles': 'team-blue,mcp.dev' };
const INFO = { name: 'from-a-file', version: '1' };

const Server = z.strictObject({
  type: z.literal('http').optional(),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
});
/** Where each client looks for servers in its file. */
const FILES = {
  vscode: z.strictObject({ servers: z.record(z.string(), Server.required()) }).transform((file) => file.servers), // prettier-ignore
  claude: z.strictObject({ mcpServers: z.record(z.string(), Server.required()) }).transform((file) => file.mcpServers), // prettier-ignore
  cursor: z.strictObject({ mcpServers: z.record(z.string(), Server) }).transform((file) => file.mcpServers), // prettier-ignore
} as const;
const CLIENTS = Object.keys(FILES) as (keyof typeof FILES)[];

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
  const created = await ask('/adapters', { name: 'hello', imageName: 'mcp-example', imageVersion: '1.0.0' }); // prettier-ignore
  expect(created.status).toBe(201);
  await until('hello is ready', 60_000, async () => {
    const status: unknown = await (await ask('/adapters/hello/status')).json();
    return (status as { readyReplicas: number }).readyReplicas === 1 || JSON.stringify(status);
  });
}, 90_000);

afterAll(async () => gateway.stop(), 60_000);

test.each(CLIENTS)(
  'a client that starts from the file for %s is there as whoever asked for the file',
  async (client) => {
    const answer = await ask(`/adapters/hello/client-config?client=${client}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const { hello } = FILES[client].parse(await answer.json());
    expect(hello?.url).toBe(`${gateway.url}/adapters/hello/mcp`);
    const seen = await whoami(hello!); // as the line before has found
    expect(seen).toMatch(/ann.*team-blue.*mcp\.dev/s);
  },
  60_000,
);

test('the file for the tools of all servers is of the same form', async () => {
  const answer = await ask('/mcp/client-config?client=vscode');
  expect(await answer.json()).toEqual({
    servers: {
      'mcp-gateway': {
        type: 'http',
        url: `${gateway.url}/mcp`,
        headers: { 'X-Dev-UserId': 'ann', 'X-Dev-Name': 'Ann A.', 'X-Dev-Roles': 'team-blue,mcp.dev' }, // prettier-ignore
      },
    },
  });
});

test('an unknown client is told which ones there are', async () => {
  const answer = await ask('/adapters/hello/client-config?client=emacs');
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('must be one of vscode, claude, cursor');
});

function ask(path: string, body?: object): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    headers: { ...ANN, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
}

/** What the server knows of the caller, asked by clients of both SDKs. */
async function whoami({ url, headers }: z.output<typeof Server>): Promise<string> {
  const legacy = new Client(INFO);
  const modern = new ModernClient(INFO, { versionNegotiation: { mode: 'auto' } });
  const call = { name: 'whoami', arguments: {} };
  try {
    await legacy.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })); // prettier-ignore
    await modern.connect(new ModernTransport(new URL(url), { requestInit: { headers } }));
    const answers = await Promise.all([legacy.callTool(call), modern.callTool(call)]);
    const [one, two] = answers.map(({ content }) => JSON.stringify(content));
    expect(one).toBe(two);
    return String(one);
  } finally {
    await Promise.all([legacy.close(), modern.close()]);
  }
}
