import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdapterRequest } from '@mcp-gateway/core/domain/adapter';
import { loadSettings } from './config.ts';
import { localSecrets, ROUTER_IMAGE, routerEnvironment, routerImage, routerWorkload } from './local-router.ts'; // prettier-ignore

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-router-'));
  file = join(folder, 'gateway-secrets');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a secret is made once, for this user alone, and all gateways of a folder read the same', async () => {
  const made = await Promise.all([1, 2, 3].map(() => localSecrets(file, undefined)));
  expect(new Set(made.map(String)).size).toBe(1);
  const [secret = ''] = made[0] ?? [];
  expect(Buffer.from(secret, 'base64')).toHaveLength(32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await localSecrets(file, undefined)).toEqual([secret]);
  expect(await readdir(folder)).toEqual(['gateway-secrets']); // nothing half-written
});

test('secrets that are given replace those in the file, each on a line of its own', async () => {
  await localSecrets(file, undefined);
  const given = ['n'.repeat(32), 'o'.repeat(32)];
  expect(await localSecrets(file, given)).toEqual(given);
  expect(await readFile(file, 'utf8')).toBe(`${given.join('\n')}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('no caller can name the image of the router', () => {
  const body = { name: 'x', imageName: ROUTER_IMAGE.name, imageVersion: ROUTER_IMAGE.version };
  expect(AdapterRequest.safeParse(body).success).toBe(false);
  expect(AdapterRequest.safeParse({ ...body, imageName: 'tool-router' }).success).toBe(true);
});

test('the router is told where to call back, and no secret', () => {
  expect(routerWorkload('http://127.0.0.1:8002', ['s'.repeat(32)])).toMatchObject({
    kind: 'service',
    name: 'tool-router',
    replicas: 1,
    environment: { GATEWAY_URL: 'http://127.0.0.1:8002' },
    secretEnvironment: {},
  });
  expect(JSON.stringify(routerWorkload('', ['s'.repeat(32)]))).not.toContain('sss');
});

test('with other secrets it is another router, so that it reads them', () => {
  expect(routerWorkload('', ['a', 'b'])).toEqual(routerWorkload('', ['a', 'b']));
  expect(routerWorkload('', ['b', 'a'])).not.toEqual(routerWorkload('', ['a', 'b']));
});

test('what the gateway has as well is as the gateway has it, what is the router’s alone passes on', () => {
  const given = {
    ...{ CALL_TIMEOUT_SECONDS: '7', LIST_MODE: 'search', CALL_MAX_SECONDS: '', UNKNOWN: 'x' },
    ...{ GATEWAY_SECRETS: 's'.repeat(32), GATEWAY_URL: 'http://elsewhere', PORT: '1' },
    ...{ ADMIN_ROLE: 'boss', CACHE_SECONDS: '3' },
  };
  const environment = routerEnvironment(given);
  expect(environment).toEqual({ CALL_TIMEOUT_SECONDS: '7', LIST_MODE: 'search' });
  const { GATEWAY_URL: _, UNKNOWN: __, ...settings } = given;
  const program = { command: ['node', 'router'], cwd: folder, environment };
  const image = routerImage(program, loadSettings({ ...settings, DATA_DIR: folder }));
  expect(image).toMatchObject({ command: ['node', 'router'], readiness: '/health/ready' });
  expect(image.environment).toEqual({
    ...{ CALL_TIMEOUT_SECONDS: '7', LIST_MODE: 'search', ADMIN_ROLE: 'boss', CACHE_SECONDS: '3' },
    ...{ LOG_LEVEL: 'info', DATA_DIR: folder, COSMOS_DATABASE: 'McpGatewayDb' },
    COSMOS_TIMEOUT_SECONDS: '15',
  });
});

test('a setting that the router would refuse stops the gateway, by its name', () => {
  const wrong = { CALL_TIMEOUT_SECONDS: 'soon', LIST_MODE: 'some' };
  expect(() => routerEnvironment(wrong)).toThrow(/CALL_TIMEOUT_SECONDS: [^]*LIST_MODE|LIST_MODE: [^]*CALL_TIMEOUT_SECONDS/); // prettier-ignore
});
