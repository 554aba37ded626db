import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PushRegistry } from '../../support/push-registry.ts';
import type { BuildImage } from '../../pipelines/stand-ins/az/cloud.ts';

const run = promisify(execFile);
const LONGEST_MS = 20 * 60_000;

/** Builds as Azure Container Registry does, and pushes into a registry of this machine. */
export function imageBuilder(registry: PushRegistry, checkout: string) {
  const tags: string[] = [];
  let last: Promise<unknown> = Promise.resolve();

  async function docker(...args: readonly string[]): Promise<void> {
    // Azure's builder has no BuildKit, so nothing may need it.
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    await run('docker', args, { cwd: checkout, env, timeout: LONGEST_MS, maxBuffer: 2 ** 26 });
  }

  async function buildOne({ image, dockerfile }: Parameters<BuildImage>[0]): Promise<string> {
    const tag = `${registry.host}/${image}`;
    tags.push(tag);
    await docker('build', '--quiet', '--tag', tag, '--file', dockerfile, '.');
    await docker('push', '--quiet', tag);
    const [repository = '', version = ''] = image.split(':');
    const digest = registry.digestOf(repository, version);
    if (digest === undefined) throw new Error(`${image} has not come to the registry`);
    return digest;
  }

  /** One after the other: they share their first layers. */
  const build: BuildImage = (asked) => {
    const next = last.then(() => buildOne(asked));
    last = next.catch(() => undefined);
    return next;
  };
  return {
    build,
    /** What was built stays in the engine's cache, without these names. */
    drop: async () => {
      for (const tag of tags) await docker('rmi', '--no-prune', tag).catch(() => undefined);
    },
  };
}
