import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './scripts.ts';

/** The environment that a script uses: what it cannot do without, what it takes when given, and what it sets itself. */
export interface ShellVariables {
  readonly needs: ReadonlySet<string>;
  readonly takes: ReadonlySet<string>;
  readonly optional: ReadonlySet<string>;
}

/** Variables of bash itself, and those that every machine has. */
const OF_BASH = ['BASH_SOURCE', 'SECONDS', 'PATH', 'HOME', 'EUID', 'IFS'];

/** What a command line, and all scripts of this project that it leads to, use of the environment. */
export function variablesOf(command: string): ShellVariables {
  const texts = reachable(command);
  const all = texts.join('\n').replace(/^\s*#.*$/gm, '');
  const sets = new Set([...all.matchAll(/(?:^|[\s;(])(?:export |local |read -r )?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name)); // prettier-ignore
  const optional = new Set(
    [...all.matchAll(/\$\{([A-Z][A-Z0-9_]*):[-+]/g)].map(([, name = '']) => name),
  );
  const used = [...all.matchAll(/\$\{?!?([A-Z][A-Z0-9_]*)\b/g)].map(([, name = '']) => name);
  const listed = [...all.matchAll(/^need (.+)$/gm)].flatMap(([, names = '']) => names.split(' '));
  const parsed = [...all.matchAll(/^ {2}([A-Z][A-Z0-9_]*): z\./gm)].map(([, name = '']) => name);
  const takes = [...used, ...listed, ...parsed].filter((name) => !OF_BASH.includes(name));
  const needs = takes.filter((name) => listed.includes(name) || (!sets.has(name) && !optional.has(name))); // prettier-ignore
  return { needs: new Set(needs), takes: new Set(takes), optional };
}

/** The command itself, and the files of pipelines/ that it names, that those name, and so on. */
function reachable(command: string): readonly string[] {
  const texts = [command];
  const seen = new Set<string>();
  for (const text of texts) {
    for (const [, path = ''] of text.matchAll(/(?:pipelines\/|here\/\.\.\/)((?:scripts|comment|summary)\/[\w-]+\.(?:sh|ts))/g)) add(path); // prettier-ignore
    for (const [, name = ''] of text.matchAll(/(?:here|BASH_SOURCE\[0\]\}"\))\/([\w-]+\.sh)/g)) add(`scripts/${name}`); // prettier-ignore
  }
  return texts;

  function add(path: string): void {
    const file = join(root, 'pipelines', path);
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    texts.push(readFileSync(file, 'utf8'));
  }
}
