import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { putComment, type PullRequest } from './threads.ts';

interface Thread {
  readonly id: number;
  isDeleted?: boolean;
  readonly comments: { id: number; content: string; isDeleted?: boolean }[];
}

/** The part of Azure DevOps that keeps the threads of one pull request. */
let server: Server;
let threads: Thread[];
let requests: string[];
let pullRequest: PullRequest;
let status: number;

beforeEach(async () => {
  threads = [];
  requests = [];
  status = 200;
  server = createServer((request, response) => {
    void answer(
      request.method ?? '',
      request.url ?? '',
      request.headers.authorization,
      request,
    ).then((body) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const collection = `http://127.0.0.1:${port}/contoso/`;
  pullRequest = { collection, project: 'p', repository: 'r', id: '7', token: 't' };
});
afterEach(() => {
  server.close();
});

test('the first run makes a comment, later runs change it', async () => {
  expect(await putComment(pullRequest, 'preview-dev', 'one')).toBe('created');
  expect(await putComment(pullRequest, 'preview-dev', 'two')).toBe('updated');
  expect(threads).toHaveLength(1);
  expect(threads[0]?.comments[0]?.content).toBe('two\n<!-- preview-dev -->');
  expect(requests[0]).toBe(
    'GET /contoso/p/_apis/git/repositories/r/pullRequests/7/threads?api-version=7.1 Bearer t',
  );
});

test('comments of people, of other keys, and deleted ones are left alone', async () => {
  threads.push(
    { id: 1, comments: [{ id: 1, content: 'looks good' }] },
    { id: 2, comments: [{ id: 1, content: 'x\n<!-- preview-prod -->' }] },
    { id: 3, isDeleted: true, comments: [{ id: 1, content: 'x\n<!-- preview-dev -->' }] },
    { id: 4, comments: [{ id: 1, content: 'x\n<!-- preview-dev -->', isDeleted: true }] },
    { id: 5, comments: [{ id: 1, content: '> quoted <!-- preview-dev --> by somebody' }] },
  );
  expect(await putComment(pullRequest, 'preview-dev', 'new')).toBe('created');
  expect(threads.slice(0, 5).map(({ comments }) => comments[0]?.content)).not.toContain('new');
});

test('without the right to comment the failure says which right is missing', async () => {
  status = 203;
  await expect(putComment(pullRequest, 'k', 'x')).rejects.toThrow('Contribute to pull requests');
  status = 403;
  await expect(putComment(pullRequest, 'k', 'x')).rejects.toThrow('answered 403');
});

async function answer(
  method: string,
  url: string,
  authorization: string | undefined,
  body: AsyncIterable<unknown>,
): Promise<string> {
  requests.push(`${method} ${url} ${authorization ?? ''}`);
  let text = '';
  for await (const chunk of body) text += String(chunk);
  if (method === 'GET') return JSON.stringify({ value: threads });
  const given = JSON.parse(text) as { content: string; comments: { content: string }[] };
  if (method === 'PATCH') {
    const [, thread] = /\/threads\/(\d+)\/comments\/1\?/.exec(url) ?? [];
    const found = threads.find(({ id }) => id === Number(thread));
    if (found?.comments[0] !== undefined) found.comments[0].content = given.content;
  } else {
    const content = given.comments[0]?.content ?? '';
    threads.push({ id: threads.length + 1, comments: [{ id: 1, content }] });
  }
  return '{}';
}
