import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { until } from './testing/loopback.ts';
import { GET, relaySetup } from './testing/relay-setup.ts';

const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
const STREAM = { 'content-type': 'text/event-stream' };

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const setup: typeof relaySetup = async (...options) => {
  const made = await relaySetup(...options);
  cleanups.push(made.close);
  return made;
};

/** A client whose stream has `text`, and what ends it. */
async function streaming(text: string, request = POST) {
  const held: ServerResponse[] = [];
  const made = await setup((_, response) => {
    held.push(response);
    response.writeHead(200, STREAM).write(text);
  });
  const client = await made.net.client(made.front.port);
  client.send(request);
  await until(() => client.received().includes(text));
  return { ...made, client, held, end: made.ends[0]!.end };
}

test('a stream that answers a POST ends with a last event', async () => {
  const { client, end, outcomes } = await streaming('data: 1\n\n');
  end({ everything: false, event: 'data: bye\n\n' });
  await until(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([{ kind: 'done', bytes: 9 }]);
  await until(() => client.received().endsWith('data: bye\n\n\r\n0\r\n\r\n'));
});

test('a stream within an event gets its last event behind that one', async () => {
  const { client, end, held, outcomes } = await streaming('data: 1\n');
  end({ everything: true, event: 'data: bye\n\n' });
  held[0]!.write('\n');
  await until(() => outcomes.length === 1);
  await until(() => client.received().endsWith('data: bye\n\n\r\n0\r\n\r\n'));
});

test.each([
  ['can be resumed', 'id: 7\ndata: 1\n\n', POST],
  ['answers a GET', 'data: 1\n\n', GET],
])('a stream that %s ends without one', async (_, text, request) => {
  const { client, end, outcomes } = await streaming(text, request);
  end({ everything: true, event: 'data: bye\n\n' });
  await until(() => outcomes.length === 1 && client.received().endsWith('0\r\n\r\n'));
  expect(client.received()).not.toContain('bye');
});

test('a stream whose server stops within a line is cut soon', async () => {
  const { client, end, outcomes } = await streaming('data: ha');
  end({ everything: false, event: 'data: bye\n\n' });
  await until(() => outcomes.length === 1);
  expect(client.received()).not.toMatch(/0\r\n\r\n$/);
});

test('an answer that is no stream goes on unless everything has to end', async () => {
  const held: ServerResponse[] = [];
  const { net, front, ends, outcomes } = await setup((_, response) => {
    held.push(response);
    response.writeHead(200, { 'content-length': '10' }).write('12345');
  });
  const client = await net.client(front.port);
  client.send(POST);
  await until(() => client.received().endsWith('12345'));
  ends[0]!.end({ everything: false, event: 'data: bye\n\n' });
  held[0]!.write('67');
  await until(() => client.received().endsWith('1234567'));
  ends[0]!.end({ everything: true });
  await until(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([{ kind: 'broken', status: 200, bytes: 7 }]);
});

test('a request without an answer is given up, so that it can be answered otherwise', async () => {
  const asking = { begun: false, left: false };
  const { front, ends, outcomes } = await setup((_, response) => {
    asking.begun = true;
    response.once('close', () => (asking.left = true));
  });
  const asked = fetch(front.origin, { method: 'POST' });
  await until(() => asking.begun);
  ends[0]!.end({ everything: false });
  ends[0]!.end({ everything: true });
  expect(await (await asked).json()).toEqual({ kind: 'ended' });
  expect(outcomes).toEqual([{ kind: 'ended', answered: false }]);
  await until(() => asking.left);
});

test('an answer over the limit is cut, one that says so itself never begins', async () => {
  const { front, outcomes } = await setup(
    (request, response) => {
      if (request.url === '/said') response.writeHead(200, { 'content-length': '2000' });
      response.write('x'.repeat(500));
      response.end('x'.repeat(1500));
    },
    { maxAnswerBytes: 1000 },
  );
  const said = await fetch(`${front.origin}/said`, { method: 'POST' });
  expect(await said.json()).toEqual({ kind: 'answer_too_large' });
  const grown = await fetch(front.origin, { method: 'POST' }).then((answer) => answer.text()).catch(() => 'cut'); // prettier-ignore
  expect(grown).not.toHaveLength(2000);
  await until(() => outcomes.length === 2);
  expect(outcomes[1]).toMatchObject({ kind: 'cut', answered: true, status: 200 });
});

test('a stream that answers a GET has no limit', async () => {
  const { front } = await setup((_, response) => response.writeHead(200, STREAM).end('x'.repeat(2000)), { maxAnswerBytes: 1000 }); // prettier-ignore
  expect(await (await fetch(front.origin)).text()).toHaveLength(2000);
});

test('a filter decides what goes on, and may break off or not be able to look', async () => {
  const filter = ({ 'x-mode': mode }: { readonly 'x-mode'?: unknown }) =>
    mode === 'zip' ? ('unreadable' as const) : {
      pass: (chunk: Buffer) => {
        if (mode === 'bad') throw new Error('no');
        return Buffer.from(chunk.toString().toUpperCase());
      },
      end: () => Buffer.from('!'),
    }; // prettier-ignore
  const { front, outcomes } = await setup(
    (request, response) => {
      response.setHeader('x-mode', request.url!.slice(1));
      response.write('hello');
      response.end();
    },
    { filter },
  );
  expect(await (await fetch(`${front.origin}/good`)).text()).toBe('HELLO!');
  expect(await (await fetch(`${front.origin}/zip`)).json()).toEqual({ kind: 'unreadable' });
  await expect(fetch(`${front.origin}/bad`).then((answer) => answer.text())).rejects.toThrow();
  await until(() => outcomes.length === 3);
  expect(outcomes[2]).toMatchObject({ kind: 'broken' });
});
