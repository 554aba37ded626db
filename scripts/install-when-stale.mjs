// Runs `npm ci` when node_modules is absent or older than the lock file. Plain JavaScript without
// dependencies: it runs before anything is installed, on whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

const OLDEST_NODE = 20;

const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST_NODE) {
  console.error(`Node ${OLDEST_NODE} or newer is needed, this is ${process.version}.`);
  process.exit(1);
}

// npm writes this file last, so it is there only after a whole installation.
const installed = modified('node_modules/.package-lock.json');
const locked = modified('package-lock.json');
if (installed === undefined || (locked !== undefined && installed < locked)) {
  console.error('Installing dependencies (npm ci) …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  process.exit(status ?? 1);
}

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
