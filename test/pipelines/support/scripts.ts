import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

/** How a script ended, and what it said. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place of its own for scripts to run in: programs that stand in for real ones come first on PATH. */
export interface Workplace {
  readonly folder: string;
  /** Puts a program on PATH: a shell script, or a TypeScript file of this project. */
  readonly standIn: (name: string, script: string | URL) => void;
  readonly run: (script: string, args: readonly string[], env?: Environment) => Promise<Outcome>;
  readonly read: (file: string) => string;
  readonly drop: () => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // Scripts call node, which must be the one that these tests run on.
  const PATH = `${bin}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  return {
    folder,
    standIn: (name, script) => {
      const text =
        typeof script === 'string'
          ? script
          : `exec '${process.execPath}' '${script.pathname}' "$@"`;
      writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    run: (script, args, env = {}) =>
      new Promise((done) => {
        execFile(
          join(root, script),
          args,
          {
            cwd: root,
            env: { ...process.env, TF_BUILD: undefined, PATH, ...env },
            timeout: 300_000,
          },
          (error, stdout, stderr) => {
            const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
            done({ status, stdout, stderr });
          },
        );
      }),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    drop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** All pipelines and templates. */
export function yamlFiles(): readonly string[] {
  return ['pipelines', 'pipelines/templates'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => join(root, folder, name)),
  );
}
