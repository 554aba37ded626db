import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ready, register } from '../support/adapters.ts';
import { startGateway } from '../support/gateway.ts';
import { startNode, type Running } from './node-process.ts';
import { withoutPrefix } from './without-prefix.ts';

const root = resolve(import.meta.dirname, '../..');
const OVER_HTTP = join(root, 'test/fixtures/everything/main-http.ts');
const OVER_STDIO = join(root, 'test/fixtures/everything/main-stdio.ts');
const BRIDGED = { MCP_COMMAND: process.execPath, MCP_ARGS: OVER_STDIO };

/** The ways by which the suite reaches the same fixture, by name. */
export const TARGETS = {
  direct: () => startNode(OVER_HTTP, {}),
  gateway: (folder: string) =>
    throughGateway(folder, { name: 'everything', imageName: 'everything-fixture' }),
  bridge: () => startNode(join(root, 'mcp-proxy/src/main.ts'), BRIDGED),
  both: (folder: string) =>
    throughGateway(folder, {
      name: 'bridged',
      imageName: 'mcp-proxy',
      environmentVariables: BRIDGED,
    }),
  router: throughRouter,
} as const satisfies Record<string, (folder: string) => Promise<Running>>;
export type TargetName = keyof typeof TARGETS;

/** The fixture's tools, prompts and resources at the gateway's `/mcp`. */
async function throughRouter(folder: string): Promise<Running> {
  const adapter = await throughGateway(folder, {
    name: 'everything',
    imageName: 'everything-fixture',
    exposeTools: true,
  });
  const front = await withoutPrefix('everything_', new URL('/mcp', adapter.url));
  return { url: front.url, stop: () => Promise.all([front.stop(), adapter.stop()]) };
}

async function throughGateway(
  folder: string,
  spec: Parameters<typeof register>[1],
): Promise<Running> {
  const file = join(folder, 'local-images.json');
  const image = { command: [process.execPath, OVER_HTTP], readiness: '/readyz' };
  await writeFile(file, JSON.stringify({ images: { 'everything-fixture': image } }));
  const gateway = await startGateway({ env: { LOCAL_IMAGES: file } });
  try {
    const url = await register(gateway.url, spec);
    await ready(gateway.url, spec.name);
    return { url, stop: () => gateway.stop() };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}
