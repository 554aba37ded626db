import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '0.13.8';
const CACHE = resolve(import.meta.dirname, '../../.cache');

/** The folder of `uvx`: the one on `path`, else one made from PyPI below .cache/. Needs Python 3 with venv for that. */
export async function uvFolder(path: string): Promise<string> {
  for (const folder of path.split(delimiter)) {
    if (folder !== '' && (await exists(join(folder, 'uvx')))) return folder;
  }
  const home = join(CACHE, `uv-${VERSION}`);
  const folder = join(home, 'bin');
  if (!(await exists(join(folder, 'uvx')))) await install(home);
  return folder;
}

/** A half-made installation must not be taken for a whole one by the next run. */
async function install(home: string): Promise<void> {
  const attempt = `${home}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', attempt], { timeout: 60_000 });
    const pip = ['install', '--quiet', '--disable-pip-version-check', `uv==${VERSION}`];
    await run(join(attempt, 'bin/pip'), pip, { timeout: 120_000 });
    await rm(home, { recursive: true, force: true });
    await rename(attempt, home);
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
