import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { copyIntoCluster } from './images.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const VERSION = 'under-test';
const BUILD_MS = 20 * 60_000;

/** The images that users deploy, by the folder of their Dockerfile. */
export const PRODUCT_IMAGES = {
  gateway: 'gateway',
  'tool-router': 'tool-router',
  'mcp-proxy': 'mcp-proxy',
  'mcp-example': 'sample-servers/mcp-example',
  'tool-example': 'sample-servers/tool-example',
} as const;

export type ProductImage = keyof typeof PRODUCT_IMAGES;

/** How an adapter names such an image; the version is one that no registry has. */
export const productImage = (name: ProductImage) => ({
  imageName: `mcp-gateway-test/${name}`,
  imageVersion: VERSION,
});

/** The reference of such an image in the engine and in the cluster. */
export const productTag = (name: ProductImage): string => `mcp-gateway-test/${name}:${VERSION}`;

/** Builds the images from this working tree, as users do; quick when nothing has changed. */
export async function buildProductImages(...names: readonly ProductImage[]): Promise<void> {
  for (const name of names) {
    const file = `${PRODUCT_IMAGES[name]}/Dockerfile`;
    // Azure Container Registry's builder has no BuildKit, so nothing may need it.
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    const args = ['build', '--quiet', '--tag', productTag(name), '--file', file, '.'];
    await run('docker', args, { cwd: ROOT, env, timeout: BUILD_MS });
  }
}

/** Builds the images and copies them into the cluster. */
export async function loadProductImages(...names: readonly ProductImage[]): Promise<void> {
  await buildProductImages(...names);
  await copyIntoCluster(names.map(productTag));
}
