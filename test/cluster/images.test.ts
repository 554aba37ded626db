import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Docker from 'dockerode';
import { dockerHere } from '../support/docker.ts';
import { until } from '../support/until.ts';
import { buildProductImages, PRODUCT_IMAGES, productTag, type ProductImage } from './support/product-images.ts'; // prettier-ignore

const MEBIBYTE = 1_000_000;
const run = promisify(execFile);
const docker = await dockerHere();
const names = Object.keys(PRODUCT_IMAGES) as ProductImage[]; // its own keys

/** The bridge carries what fetches servers; the others carry Node and one file. */
const LIMIT: Readonly<Record<ProductImage, number>> = {
  gateway: 250 * MEBIBYTE,
  'tool-router': 250 * MEBIBYTE,
  'mcp-example': 250 * MEBIBYTE,
  'tool-example': 250 * MEBIBYTE,
  'mcp-proxy': 600 * MEBIBYTE,
};
/** What the process needs to say that it is well. */
const ENVIRONMENT: Readonly<Record<ProductImage, readonly string[]>> = {
  gateway: ['HOST=127.0.0.1'], // with development identity it listens nowhere else
  'tool-router': [`GATEWAY_SECRETS=${'s'.repeat(40)}`, 'GATEWAY_URL=http://127.0.0.1:8002'],
  'mcp-example': [],
  'tool-example': [],
  'mcp-proxy': ['MCP_COMMAND=node', 'MCP_ARGS=-e "process.stdin.resume()"'],
};
/** No service of its own needs any of these; the bridge's servers come by npm and git. */
const TOOLS = ['npm', 'npx', 'yarn', 'corepack', 'git', 'python3', 'pip', 'gcc', 'make', 'curl', 'uv', 'esbuild', 'tsc']; // prettier-ignore
const BUILD_TOOLS = ['gcc', 'g++', 'make', 'cc', 'esbuild', 'tsc', 'pip3'];

if (docker) describe('images', () => describeImages(docker));
else describe('images', () => test.skip('need a Docker engine', () => undefined));

function describeImages(engine: Docker): void {
  const started: Docker.Container[] = [];
  beforeAll(() => buildProductImages(...names), 20 * 60_000);
  afterEach(async () => {
    for (const container of started.splice(0)) await container.remove({ force: true });
  });

  /** What a command writes in a fresh container that may write nowhere. */
  async function inside(name: ProductImage, ...command: readonly string[]): Promise<string> {
    const locked = ['--rm', '--read-only', '--network', 'none', '--cap-drop', 'ALL'];
    const args = ['run', ...locked, productTag(name), ...command];
    return (await run('docker', args, { timeout: 60_000 })).stdout;
  }

  describe.each(names)('%s', (name) => {
    test('is small, says what it is, and runs as user 1100', async () => {
      const { Size, Config } = await engine.getImage(productTag(name)).inspect();
      expect(Size).toBeLessThan(LIMIT[name]);
      expect(Config.User).toBe('1100:1100');
      expect(Config.Labels).toMatchObject({
        'org.opencontainers.image.title': expect.stringMatching(/^(mcp|tool)-/),
        'org.opencontainers.image.description': expect.stringMatching(/.{20}/),
        'org.opencontainers.image.licenses': 'MIT',
      });
      expect(await inside(name, 'id', '-u')).toBe('1100\n');
    });

    test('carries one file of its own and nothing to build with', async () => {
      expect((await inside(name, 'ls', '-A', '/app')).trim()).toBe(`${name}.mjs`);
      const unwanted = name === 'mcp-proxy' ? BUILD_TOOLS : TOOLS;
      const look = unwanted.map((tool) => `command -v ${tool}`).join('; ');
      expect(await inside(name, 'sh', '-c', `${look}; true`)).toBe('');
      const modules = 'find / -xdev -name node_modules -not -path "*/npm/*" -prune';
      const found = await inside(name, 'sh', '-c', `${modules} 2>/dev/null; true`);
      expect(found).toBe(name === 'mcp-proxy' ? '/usr/local/lib/node_modules\n' : '');
    });

    test('has no secret in its settings, its history or its files', async () => {
      const image = engine.getImage(productTag(name));
      const { Config } = await image.inspect();
      const history = (await image.history()) as { CreatedBy: string }[]; // as the engine's API says
      const words = /(secret|password|token|_key|authorization)[\w-]*=/i;
      for (const text of [...Config.Env, ...history.map(({ CreatedBy }) => CreatedBy)]) {
        expect(text).not.toMatch(words);
      }
      const files = String.raw`find / -xdev \( -name .npmrc -o -name .git -o -name .env -o -name '*.key' -o -name 'id_rsa*' \)`; // prettier-ignore
      const found = await inside(name, 'sh', '-c', `${files} 2>/dev/null; true`);
      const own = found.split('\n').filter((path) => path !== '' && !path.includes('/npm/'));
      expect(own).toEqual([]);
    });

    test('starts with a read-only root as another user knows it, is found healthy, and ends when asked', async () => {
      const container = await engine.createContainer({
        Image: productTag(name),
        Env: [...ENVIRONMENT[name]],
        Healthcheck: { Interval: 1e9 }, // the image's own, asked every second
        HostConfig: {
          ReadonlyRootfs: true,
          Tmpfs: { '/tmp': 'mode=1777', '/home/mcp': 'uid=1100' },
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
        },
      });
      started.push(container);
      await container.start();
      await until(`${name} is healthy`, 90_000, async () => {
        const { State } = await container.inspect();
        if (!State.Running) throw new Error((await container.logs({ stdout: true, stderr: true })).toString()); // prettier-ignore
        return State.Health?.Status === 'healthy' || State.Health?.Status;
      });
      await container.stop({ t: 30 });
      expect((await container.inspect()).State).toMatchObject({ ExitCode: expect.any(Number), OOMKilled: false }); // prettier-ignore
      expect((await container.inspect()).State.ExitCode).not.toBe(137);
    });
  });

  test('the bridge carries what fetches servers', async () => {
    const versions =
      'node --version; npx --version; python3 --version; uvx --version; git --version';
    expect(await inside('mcp-proxy', 'sh', '-c', versions)).toMatch(/^v24\.[^]*\nPython 3[^]*\nuvx [^]*\ngit version/); // prettier-ignore
  });
}
