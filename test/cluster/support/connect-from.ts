import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { Exec } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';

interface Place {
  readonly namespace: string;
  readonly pod: string;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

const PROGRAM = `
const [host, port] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port, timeout: 2000 });
const end = (word) => { process.stdout.write(word); socket.destroy(); };
socket.on('connect', () => end('connected')).on('timeout', () => end('timeout')).on('error', ({ code }) => end(code));
`;

/** What comes of a connection from within a running pod of ours: `connected`, `timeout`, or the error's code. */
export async function connectFrom(
  { config }: Cluster,
  { namespace, pod }: Place,
  { host, port }: Target,
): Promise<string> {
  const output = new PassThrough();
  const said = text(output);
  const ended = Promise.withResolvers<undefined>();
  const command = ['node', '-e', PROGRAM, host, String(port)];
  await new Exec(config).exec(
    namespace,
    pod,
    '',
    command,
    output,
    null,
    null,
    false,
    ({ status, message }) => {
      // prettier-ignore
      if (status === 'Success') ended.resolve(undefined);
    else ended.reject(new Error(`${pod}: ${message ?? 'the command failed'}`));
    },
  );
  await ended.promise;
  output.end();
  return said;
}
