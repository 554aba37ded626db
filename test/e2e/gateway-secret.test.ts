import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { register } from '../support/adapters.ts';
import { visitByModernSdk } from '../support/clients.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { addTool, callTool } from '../support/tools.ts';

const DUMP = resolve(import.meta.dirname, '../fixtures/tools/misbehaving-tool.mjs');
const [OLD, NEW] = ['an-old-secret-'.repeat(3), 'a-new-secret-'.repeat(3)];

let dataDir: string;
const gateways: RunningGateway[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gateway-secret-'));
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 90_000);

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const gateway = await startGateway({ env: { DATA_DIR: dataDir, ...env } });
  gateways.push(gateway);
  return gateway;
}

test('no server of a caller gets the secret, neither by the router nor past it, in headers or environment', async () => {
  const images = join(dataDir, 'local-images.json');
  const command = [process.execPath, DUMP];
  await writeFile(images, JSON.stringify({ images: { dump: { command } } }));
  const { url } = await start({ LOCAL_IMAGES: images });
  await addTool(url, { name: 'dump', imageName: 'dump', path: '/dump' });
  const mcp = await register(url, { name: 'dump', imageName: 'dump', path: '/dump', exposeTools: true }); // prettier-ignore
  const guess = 'a-guess-that-is-as-long-as-a-secret-would-be';
  const forged = {
    'x-gateway-secret': guess,
    'x-mcp-userid': 'mallory',
    'x-mcp-roles': 'mcp.admin',
  };
  const byRouter = await eventually(60_000, async () => {
    const text = await callTool(url, 'dump', {}, { headers: forged });
    expect(text).toContain('"headers"');
    return text;
  });
  const direct = await eventually(30_000, async () => {
    const headers = { ...forged, 'content-type': 'application/json' };
    const answer = await fetch(mcp, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(200);
    return answer.text();
  });
  // The router has listed what the adapter has; what it was told is in its log.
  const log = await eventually(30_000, async () => {
    await visitByModernSdk(`${url}/mcp`);
    const text = await (await fetch(`${url}/adapters/dump/logs`)).text();
    expect(text).toContain('mcp-protocol-version');
    return text;
  });
  const secret = (await readFile(join(dataDir, 'gateway-secrets'), 'utf8')).trim();
  expect(secret).toHaveLength(44);
  for (const seen of [byRouter, direct, log]) {
    expect(seen).toContain('"x-mcp-userid":"dev"');
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain(guess);
    expect(seen).not.toMatch(/x-gateway-secret|GATEWAY_SECRET|mallory/i);
  }
}, 120_000);

test('secrets are rotated in two steps, gateway by gateway, and tools are served all the time', async () => {
  const served = (...of: readonly RunningGateway[]) =>
    Promise.all(
      of.map(
        ({ url }) =>
        eventually(60_000, async () => expect(await callTool(url, 'weather', { location: 'Oslo' })).toContain('Oslo')), // prettier-ignore
      ),
    );
  const restarted = async (gateway: RunningGateway, secrets: string): Promise<RunningGateway> => {
    await gateway.stop();
    return start({ GATEWAY_SECRETS: secrets });
  };
  let one = await start({ GATEWAY_SECRETS: OLD });
  let two = await start({ GATEWAY_SECRETS: OLD });
  await addTool(one.url, { name: 'weather', imageName: 'tool-example' });
  await served(one, two);
  for (const secrets of [`${OLD},${NEW}`, `${NEW},${OLD}`, NEW]) {
    two = await restarted(two, secrets);
    await served(one, two);
    one = await restarted(one, secrets);
    await served(one, two);
    const file = await readFile(join(dataDir, 'gateway-secrets'), 'utf8');
    expect(file.trim().split('\n')).toEqual(secrets.split(','));
  }
}, 300_000);
