import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');

/** Providers that play the cloud lie beside the CLI in the layout of its plugin cache; published ones would reach Azure. */
const pluginsOf = (pulumi: string): string => join(dirname(pulumi), '../plugins');

/** The Pulumi CLI on PATH; undefined, with the reason printed, where there is none that leaves Azure alone. */
export function pulumiHere(what: string): string | undefined {
  const found = spawnSync('bash', ['-c', 'command -v pulumi'], { encoding: 'utf8' }).stdout.trim();
  if (found !== '' && existsSync(pluginsOf(found))) return found;
  process.stderr.write(`skipped: ${what} needs the Pulumi CLI on PATH, with a cloud on paper\n`);
  return undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** How a run of the CLI ended, and what it said. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A CLI with a project, a state, plugins and a cloud of its own; what it says is kept. */
export interface Engine {
  readonly folder: string;
  readonly said: string[];
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  readonly drop: () => void;
}

export interface EngineOptions {
  /** Where the program is. */
  readonly checkout?: string;
  readonly environment?: Environment;
}

/** Not by calls that block, for what programs start may be served by this very process. */
export function startEngine(
  pulumi: string,
  { checkout = ROOT, environment = {} }: EngineOptions = {},
): Engine {
  const folder = mkdtempSync(join(tmpdir(), 'pulumi-'));
  for (const part of ['home', 'state', 'cloud']) mkdirSync(join(folder, part));
  symlinkSync(pluginsOf(pulumi), join(folder, 'home/plugins'));
  cpSync(join(checkout, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
  symlinkSync(join(checkout, 'infra'), join(folder, 'infra'));
  const env = {
    ...process.env,
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'of a test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
    PULUMI_NODEJS_BIN_DIR: dirname(process.execPath),
    PAPER_CLOUD_DIR: join(folder, 'cloud'),
    ...environment,
    PATH: `${environment.PATH ?? ''}:${dirname(pulumi)}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
  };
  const said: string[] = [];
  const run: Engine['run'] = async (...args) => {
    const given = [...args, '--non-interactive', '--color', 'never'];
    const child = spawn(pulumi, given, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
    }
    const status = await new Promise<number | null>((done, failed) => {
      child.on('close', done).on('error', failed);
    });
    said.push(texts.stdout, texts.stderr);
    return { status, ...texts };
  };
  return { folder, said, run, drop: () => rmSync(folder, { recursive: true, force: true }) };
}
