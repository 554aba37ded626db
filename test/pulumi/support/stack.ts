import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Engine, Ran } from './engine.ts';

type Texts = Readonly<Record<string, string>>;

/** A resource as the state knows it. */
interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A thing in the cloud on paper. */
export interface CloudThing {
  readonly id: string;
  readonly type: string;
  readonly properties: Record<string, unknown>;
}

/** What is to go wrong, in the words of the cloud on paper. */
interface Fault {
  readonly type: string;
  readonly operation: 'create' | 'read' | 'update' | 'delete';
  readonly times?: number;
  readonly error: string;
  /** It happens, and the answer is lost. */
  readonly after?: true;
}

/** A stack of the program. */
export interface TestStack {
  /** Whatever the end is. */
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** Gives what went to stdout; throws with all that was said where the end is bad. */
  readonly succeed: (...args: readonly string[]) => Promise<string>;
  /** The texts stand as they are in the stack's file; secrets do not. */
  readonly set: (settings: Texts, secrets?: Texts) => Promise<void>;
  readonly outputs: () => Promise<Readonly<Record<string, unknown>>>;
  readonly resources: () => Promise<readonly StateResource[]>;
  readonly cloud: () => readonly CloudThing[];
  /** Changes the cloud behind the program's back. */
  readonly tamper: (change: (things: readonly CloudThing[]) => readonly CloudThing[]) => void;
  readonly fail: (...faults: readonly Fault[]) => void;
  /** The state, its history and the stack's file as they lie on disk. */
  readonly files: () => string;
}

/** Makes a stack of the program. */
export async function makeStack({ folder, ...engine }: Engine, name: string): Promise<TestStack> {
  const stack = `organization/mcp-gateway/${name}`;
  const config = join(folder, `Pulumi.${name}.yaml`);
  mustSucceed(await engine.run('stack', 'init', stack, '--no-select'));
  const salt = readFileSync(config, 'utf8');
  const cloudFile = join(folder, 'cloud/cloud.json');

  const run: TestStack['run'] = (...args) => engine.run(...args, '--stack', stack);
  const succeed: TestStack['succeed'] = async (...args) => mustSucceed(await run(...args)).stdout;
  const things = (): Record<string, CloudThing> => {
    if (!existsSync(cloudFile)) return {};
    const { resources } = JSON.parse(readFileSync(cloudFile, 'utf8')) as { resources?: Record<string, CloudThing> }; // prettier-ignore
    return resources ?? {};
  };
  return {
    run,
    succeed,
    set: async (settings, secrets = {}) => {
      const names = Object.entries(settings).map(([name, text]) => [`mcp-gateway:${name}`, text]);
      writeFileSync(config, salt + stringify({ config: Object.fromEntries(names) as Texts }));
      for (const [name, text] of Object.entries(secrets)) {
        await succeed('config', 'set', '--secret', `mcp-gateway:${name}`, text);
      }
    },
    outputs: async () => JSON.parse(await succeed('stack', 'output', '--json')) as Record<string, unknown>, // prettier-ignore
    resources: async () => {
      const { deployment } = JSON.parse(await succeed('stack', 'export')) as { deployment: { resources?: StateResource[] } }; // prettier-ignore
      return deployment.resources ?? [];
    },
    cloud: () => Object.values(things()),
    tamper: (change) => {
      const whole = JSON.parse(readFileSync(cloudFile, 'utf8')) as { resources: Record<string, CloudThing> }; // prettier-ignore
      const left = change(Object.values(whole.resources));
      const resources = Object.fromEntries(left.map((thing) => [thing.id.toLowerCase(), thing]));
      writeFileSync(cloudFile, JSON.stringify({ ...whole, resources }));
    },
    fail: (...faults) => {
      const file = join(folder, 'cloud/faults.json');
      if (faults.length === 0) rmSync(file, { force: true });
      else writeFileSync(file, JSON.stringify(faults));
    },
    files: () => [config, ...filesUnder(join(folder, 'state'))].map((file) => readFileSync(file, 'latin1')).join('\n'), // prettier-ignore
  };
}

function mustSucceed(ran: Ran): Ran {
  if (ran.status === 0) return ran;
  throw new Error(`pulumi ended with ${ran.status}\n${ran.stdout}\n${ran.stderr}`);
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
