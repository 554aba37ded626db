import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildImage, dockerHere } from '../../support/docker.ts';

const run = promisify(execFile);

const ECHO = new URL('../../../platform/src/process/fixtures/echo-server.mjs', import.meta.url);
const CONNECTOR = new URL('../fixtures/connector.mjs', import.meta.url);

/** The images that the cluster's tests run, by what they do. */
export const IMAGES = {
  echo: { name: 'mcp-gateway-test/echo', version: '1.0' },
  crashing: { name: 'mcp-gateway-test/crashing', version: '1.0' },
  neverReady: { name: 'mcp-gateway-test/never-ready', version: '1.0' },
  connector: { name: 'mcp-gateway-test/connector', version: '1.0' },
};

const CONTENTS: Readonly<Record<keyof typeof IMAGES, [command: string[], files: string[]]>> = {
  echo: [['node', 'echo-server.mjs'], [ECHO.pathname]],
  crashing: [['sh', '-c', 'echo cannot go on; exit 3'], []],
  neverReady: [['sleep', '600'], []],
  connector: [['node', 'connector.mjs'], [CONNECTOR.pathname]],
};

/** Builds images in this machine's Docker engine and copies them into the cluster. Throws where there is no engine. */
export async function loadImages(...names: readonly (keyof typeof IMAGES)[]): Promise<void> {
  const docker = await dockerHere();
  if (docker === undefined)
    throw new Error('the cluster tests build images: a Docker engine is needed');
  const tags = names.map((name) => `${IMAGES[name].name}:${IMAGES[name].version}`);
  for (const [index, name] of names.entries()) {
    await buildImage(docker, tags[index] ?? '', ...CONTENTS[name]);
  }
  await copyIntoCluster(tags);
}

/** Copies images from the engine, by the command that CLUSTER_LOAD_IMAGE names (kind's own when absent). */
export async function copyIntoCluster(tags: readonly string[]): Promise<void> {
  const [command = '', ...given] = (
    process.env.CLUSTER_LOAD_IMAGE ?? 'kind load docker-image'
  ).split(' ');
  await run(command, [...given, ...tags]);
}
