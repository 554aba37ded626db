import { afterEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '../..');
const folders: string[] = [];

/** One forbidden import for each rule: file, what it imports, and files that must exist besides. */
const SEEDS = [
  ['no-cycles', 'core/src/domain/a.ts', './b.ts', { 'core/src/domain/b.ts': `import './a.ts';` }],
  ['core-imports-zod-and-nothing-else', 'core/src/domain/a.ts', 'undici', {}],
  ['core-imports-zod-and-nothing-else', 'core/src/domain/a.ts', 'node:fs', {}],
  ['domain-knows-no-ports', 'core/src/domain/a.ts', '../ports/b.ts', {}],
  ['ports-know-no-suites', 'core/src/ports/a.ts', '../testing/b.ts', {}],
  ['contract-suites-are-for-tests', 'gateway/src/a.ts', '../../core/src/testing/b.ts', {}],
  ['platform-knows-core-alone', 'platform/src/sqlite/a.ts', '../../../gateway/src/b.ts', {}],
  ['platform-folders-never-meet', 'platform/src/sqlite/a.ts', '../process/b.ts', {}],
  ['services-never-import-services', 'gateway/src/a.ts', '../../mcp-proxy/src/b.ts', {}],
  ['only-main-knows-platform', 'gateway/src/app.ts', '../../platform/src/sqlite/b.ts', {}],
  ['actions-know-no-http', 'gateway/src/actions/a.ts', '../routes/b.ts', {}],
  ['actions-know-no-http', 'gateway/src/actions/a.ts', 'koa', {}],
  ['routes-and-proxy-are-neighbours', 'gateway/src/routes/a.ts', '../proxy/b.ts', {}],
  ['pipelines-stand-alone', 'pipelines/summary/a.ts', '../../core/src/domain/b.ts', {}],
  ['pipelines-stand-alone', 'pipelines/comment/a.ts', '../../infra/b.ts', {}],
  ['nobody-imports-pipelines', 'gateway/src/a.ts', '../../pipelines/summary/b.ts', {}],
  ['services-never-import-services', 'tool-router/src/a.ts', '../../gateway/src/b.ts', {}],
  ['only-main-knows-platform', 'tool-router/src/a.ts', '../../platform/src/sqlite/b.ts', {}],
  ['platform-knows-core-alone', 'platform/src/sqlite/a.ts', '../../../infra/b.ts', {}],
  ['infra-knows-core-and-the-deployment', 'infra/a.ts', '../platform/src/sqlite/b.ts', {}],
  ['infra-knows-core-and-the-deployment', 'infra/a.ts', '../gateway/src/b.ts', {}],
  ['only-config-reads-the-stack', 'infra/components/a.ts', '../config.ts', {}],
  ['nobody-imports-the-program', 'infra/a.ts', './index.ts', {}],
  ['nobody-imports-main', 'gateway/src/a.ts', './main.ts', {}],
  ['code-never-imports-tests', 'gateway/src/a.ts', './b.test.ts', {}],
  ['everything-resolves', 'gateway/src/a.ts', 'no-such-package', {}],
] as const;

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

test.each(SEEDS)('the rule %s refuses %s importing %s', async (rule, file, imported, others) => {
  const target = imported.startsWith('.') ? { [join(dirname(file), imported)]: '' } : {};
  const violated = await violations({
    ...target,
    ...others,
    [file]: `import ${JSON.stringify(imported)};`,
  });
  expect(violated).toContain(rule);
});

test('every rule of the house has a seeded violation', async () => {
  const config = await readFile(join(root, '.dependency-cruiser.mjs'), 'utf8');
  const rules = [...config.matchAll(/name: '([^']+)'/g)].map(([, name]) => name);
  const seeded = new Set<string>([...SEEDS.map(([rule]) => rule), 'only-declared-packages']);
  expect(rules.filter((rule) => rule !== undefined && !seeded.has(rule))).toEqual([]);
});

test('a package that no room declares is refused', async () => {
  const folder = await tree({
    'gateway/src/a.ts': `import 'undeclared';`,
    'gateway/node_modules/undeclared/index.js': '',
  });
  expect(await cruise(folder)).toContain('only-declared-packages');
});

test('the arrows that the house allows pass', async () => {
  const allowed = await violations({
    'core/src/domain/a.ts': '',
    'core/src/ports/b.ts': `import '../domain/a.ts';`,
    'platform/src/sqlite/c.ts': `import '../../../core/src/ports/b.ts';`,
    'gateway/src/main.ts': `import '../../platform/src/sqlite/c.ts'; import './routes/d.ts';`,
    'gateway/src/routes/d.ts': `import '../actions/e.ts';`,
    'gateway/src/actions/e.ts': `import '../../../core/src/ports/b.ts';`,
  });
  expect(allowed).toEqual([]);
});

async function violations(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return cruise(await tree(files));
}

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rooms-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  await writeFile(join(folder, 'tsconfig.json'), '{}');
  await writeFile(join(folder, 'package.json'), '{"dependencies":{"koa":"*","undici":"*"}}');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

const Report = z.object({
  summary: z.object({ violations: z.array(z.object({ rule: z.object({ name: z.string() }) })) }),
});

async function cruise(folder: string): Promise<readonly string[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const run = promisify(execFile)(
    process.execPath,
    [program, '--config', config, '--output-type', 'json', '.'],
    { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
  );
  const { stdout } = await run.catch((failed: unknown) => failed as { stdout: string });
  return Report.parse(JSON.parse(stdout)).summary.violations.map(({ rule }) => rule.name);
}
