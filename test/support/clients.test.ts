import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exampleHttpServer } from '../../sample-servers/mcp-example/src/http-server.ts';
import { CLIENTS } from './clients.ts';

const example = exampleHttpServer(60_000);
let url: string;

beforeAll(async () => {
  example.server.listen(0, '127.0.0.1');
  await once(example.server, 'listening');
  const { port } = example.server.address() as AddressInfo; // a TCP server's address is never a string
  url = `http://127.0.0.1:${port}/mcp`;
});

afterAll(async () => example.stop());

describe.each(Object.entries(CLIENTS))('%s', (_name, visit) => {
  test('tells the tools of a server and the answer of one', async () => {
    const call = { name: 'echo', arguments: { message: 'hello there' } };
    expect(await visit(url, call)).toEqual({
      tools: ['echo', 'add', 'whoami', 'count', 'slow'],
      answer: 'hello there',
    });
  });

  test('throws when the tool or the server does not answer well', async () => {
    await expect(visit(url, { name: 'echo', arguments: {} })).rejects.toThrow();
    await expect(visit(url.replace('/mcp', '/nowhere'))).rejects.toThrow();
  });
});
