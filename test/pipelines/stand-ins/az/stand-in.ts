import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { COMMANDS } from './commands.ts';
import type { Options } from './command.ts';
import { buildOnPaper, type BuildImage, type Cloud } from './cloud.ts';
import { query } from './query.ts';

/** One call of az. */
interface Call {
  readonly command: string;
  readonly writes: boolean;
  readonly options: Options;
}

/** An az whose cloud is in this process: it knows the commands that scripts use, and refuses options that az lacks. */
export interface StandInAz {
  readonly cloud: Cloud;
  readonly calls: Call[];
  /** A shell script that is az: it asks this process, which is hundreds of times faster than starting a program. */
  readonly script: string;
  readonly close: () => Promise<void>;
}

export async function standInAz({
  build = buildOnPaper,
}: { readonly build?: BuildImage } = {}): Promise<StandInAz> {
  const cloud: Cloud = { things: {}, faults: [] };
  const calls: Call[] = [];
  const server = createServer((socket) => {
    void serve(socket, (words) => run(words, { cloud, calls, build }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf '%s\\0' "$#" "$@" >&3`,
    `read -r status <&3`,
    `IFS= read -r -d '' text <&3 || true`,
    `if ((status)); then printf %s "$text" >&2; else printf %s "$text"; fi`,
    `exit "$status"`,
  ].join('\n');
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { cloud, calls, script, close };
}

async function serve(socket: Socket, answer: (words: string[]) => Promise<string>): Promise<void> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += String(chunk);
    const [count = '', ...words] = text.split('\0');
    if (words.length > Number(count)) {
      socket.end(await answer(words.slice(0, -1)));
      return;
    }
  }
}

interface Process {
  readonly cloud: Cloud;
  readonly calls: Call[];
  readonly build: BuildImage;
}

/** The exit code on a line of its own, then what goes to stdout, or to stderr where it failed. */
async function run(words: readonly string[], { cloud, calls, build }: Process): Promise<string> {
  try {
    const first = words.findIndex((word) => word.startsWith('--'));
    const name = words.slice(0, first === -1 ? words.length : first).join(' ');
    const options = optionsOf(words.slice(first === -1 ? words.length : first));
    const command = checked(name, options);
    const method = options['--method']?.[0] ?? options['--http-method']?.[0] ?? 'get';
    const writes = command.writes === true || method.toLowerCase() !== 'get';
    calls.push({ command: name, writes, options });
    const fault = cloud.faults.find((one) => one.command === name && one.times > 0);
    if (fault !== undefined) {
      fault.times -= 1;
      throw new Error(fault.message);
    }
    const value = query(await command.run(options, cloud, build), options['--query']?.[0] ?? '');
    return `0\n${printed(value, options['--output']?.[0])}`;
  } catch (error) {
    return `3\nERROR: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

function checked(name: string, options: Options): (typeof COMMANDS)[string] {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`'${name}' is misspelled or not recognized.`);
  const known = ['--query', '--output', ...command.needs, ...(command.may ?? [])];
  const unknown = Object.keys(options).filter((option) => !known.includes(option));
  const missing = command.needs.filter((option) => options[option] === undefined);
  if (unknown.length > 0) throw new Error(`unrecognized arguments: ${unknown.join(' ')}`);
  if (missing.length > 0) throw new Error(`arguments are required: ${missing.join(' ')}`);
  return command;
}

function optionsOf(given: readonly string[]): Options {
  const found: Record<string, string[]> = {};
  let current = '';
  for (const word of given) {
    if (word.startsWith('--')) found[(current = word)] = [];
    else found[current]?.push(word);
  }
  return found;
}

function printed(value: unknown, output: string | undefined): string {
  if (output === 'none') return '';
  if (output !== 'tsv') return `${JSON.stringify(value, null, 2)}\n`;
  return [value].flat().map((line) => `${typeof line === 'string' ? line : JSON.stringify(line ?? '')}\n`).join(''); // prettier-ignore
}
