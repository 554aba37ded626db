import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from './engine.ts';

const LEFT_OUT = new Set(['.git', '.cache', '.mcp-gateway', 'node_modules', 'dist', 'coverage']);

/** This working tree again, so that a test may change sources; resolves with where it is. */
export function copyCheckout(): { readonly folder: string; readonly drop: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  cpSync(ROOT, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { folder, drop: () => rmSync(folder, { recursive: true, force: true }) };
}
