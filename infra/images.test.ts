import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runProgram } from './testing/program.ts';
import { DEV, PROD } from './testing/stacks.ts';

const scripts = resolve(import.meta.dirname, 'scripts');
const [dev, prod] = [await runProgram(DEV), await runProgram(PROD)];
const commands = (run: typeof dev, script: string) =>
  run.of('local:Command').filter(({ inputs }) => String(inputs.create).endsWith(`/${script}`));

describe('where the registry is reached from inside the network alone', () => {
  const builds = commands(prod, 'build-image.sh');

  test('builds wait for its address and its name', () => {
    expect(builds).toHaveLength(3);
    for (const build of builds) {
      const before = [...prod.before(build)];
      expect(before).toEqual(
        expect.arrayContaining([
          'network:PrivateEndpoint registry',
          'network:PrivateDnsZoneGroup registry',
          'privatedns:VirtualNetworkLink registry',
          'containerregistry:AgentPool builds',
        ]),
      );
      expect(before).not.toContain('network:PrivateEndpoint database');
    }
  });

  test('machines are woken once before all builds, and sleep after the last', () => {
    const [wake, rest, ...more] = commands(prod, 'scale-builders.sh');
    expect(more).toEqual([]);
    expect(wake?.inputs.environment).toMatchObject({ POOL: 'builds', COUNT: '1' });
    expect(rest?.inputs.environment).toMatchObject({ POOL: 'builds', COUNT: '0' });
    for (const build of builds) {
      expect(build.inputs.environment).toMatchObject({ POOL: 'builds' });
      expect(prod.before(build)).toContain('local:Command wake');
      expect(prod.before(rest!)).toContain(`local:Command ${build.name}`);
    }
  });

  test('they are woken whenever anything is built, and by nothing else', () => {
    const triggers = (name: string) => prod.one('local:Command', name).inputs.triggers as string[];
    const building = builds.flatMap(({ inputs }) => inputs.triggers as string[]);
    expect(new Set(triggers('wake'))).toEqual(new Set(building));
    expect(new Set(triggers('rest'))).toEqual(new Set(building));
  });
});

test('with the next generation every image is built anew', async () => {
  const next = await runProgram({ ...DEV, imageGeneration: '2' });
  const [before, after] = [dev, next].map((run) => commands(run, 'build-image.sh'));
  expect(after!.map(({ name }) => name)).toEqual(before!.map(({ name }) => name));
  for (const [index, { inputs }] of after!.entries()) {
    expect(inputs.triggers).not.toEqual(before![index]!.inputs.triggers);
    expect((inputs.environment as Record<string, string>).TAG).not.toBe((before![index]!.inputs.environment as Record<string, string>).TAG); // prettier-ignore
  }
});

test('a registry that everybody reaches builds by itself', () => {
  expect(commands(dev, 'scale-builders.sh')).toEqual([]);
  for (const { inputs } of commands(dev, 'build-image.sh')) {
    expect(inputs.environment).not.toHaveProperty('POOL');
  }
});

test('a build leaves the number of machines alone, which others use at the same time', () => {
  const environment = { REGISTRY: 'mgreg', POOL: 'builds' };
  const build = { ...environment, REPOSITORY: 'gateway', TAG: '1', DOCKERFILE: 'gateway/Dockerfile' }; // prettier-ignore
  expect(asked('build-image.sh', build)).toEqual([
    'acr build --registry mgreg --image gateway:1 --file gateway/Dockerfile --platform linux/amd64 --agent-pool builds .',
    'acr repository show --name mgreg --image gateway:1 --query digest --output tsv',
  ]);
  expect(asked('scale-builders.sh', { ...environment, COUNT: '1' })).toEqual([
    'acr agentpool update --registry mgreg --name builds --count 1 --output none',
  ]);
});

/** What a script asks az for. */
function asked(script: string, environment: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'az-'));
  try {
    const log = join(folder, 'log');
    const az = join(folder, 'az');
    writeFileSync(az, `#!/bin/sh\necho "$*" >> '${log}'\n`);
    chmodSync(az, 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}`, ...environment };
    execFileSync('sh', [join(scripts, script)], { env, stdio: 'pipe' });
    return readFileSync(log, 'utf8').trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
