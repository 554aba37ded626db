import { spawn } from 'node:child_process';
import type { Call } from './calls.ts';
import type { RpcAnswer } from './mcp-client.ts';

/** A stdio server driven straight over its pipes: the floor of every bridge. */
export interface Pipes {
  readonly pid: number;
  readonly echo: Call;
  close(): void;
}

/** Starts a stdio server and does the handshake. */
export async function openPipes(command: readonly string[]): Promise<Pipes> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map<number, PromiseWithResolvers<RpcAnswer>>();
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the server has exited'));
  });
  child.stdin.on('error', () => undefined); // its exit says it
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as RpcAnswer; // our own server or the reference server
      const id = message.id ?? 0;
      waiting.get(id)?.resolve(message);
      waiting.delete(id);
    }
  });
  let lastId = 0;
  const call = (method: string, params: string): Promise<RpcAnswer> => {
    const id = ++lastId;
    const answered = Promise.withResolvers<RpcAnswer>();
    waiting.set(id, answered);
    child.stdin.write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}\n`);
    return answered.promise;
  };
  await call(
    'initialize',
    '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1.0.0"}}',
  );
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  return {
    pid: child.pid ?? 0,
    echo: async () => {
      const text = `hello-${lastId + 1}`;
      const answer = await call('tools/call', `{"name":"echo","arguments":{"message":"${text}"}}`);
      const echoed = answer.result?.content?.[0]?.text;
      if (echoed?.endsWith(text) !== true)
        throw new Error(`${text} came back as ${String(echoed)}`);
    },
    close: () => child.kill('SIGKILL'),
  };
}
