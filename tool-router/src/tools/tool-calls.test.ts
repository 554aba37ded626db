import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { callerOf } from '../caller.ts';
import { gatewayLink } from '../gateway-link.ts';
import {
  fakeGateway,
  SECRET,
  type FakeGateway,
  type ToolHandler,
} from '../testing/fake-gateway.ts';
import type { Progress } from './progress-events.ts';
import { schemas } from './schemas.ts';
import type { ToolEntry } from './tool-entry.ts';
import { NoSuchTool, toolCalls } from './tool-calls.ts';

let gateway: FakeGateway | undefined;
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  await gateway?.stop();
});

const MAX_RESULT_BYTES = 100_000;
const outputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

/** Calls a tool that answers by `handler`; gives the result's text and what else is of interest. */
async function call(
  handler: ToolHandler | undefined,
  more: Partial<ToolEntry> = {},
  { cancelAfterMs = 60_000 } = {},
) {
  gateway = await fakeGateway();
  if (handler) gateway.tools.set('x', handler);
  const link = gatewayLink(gateway.url, SECRET);
  close = link.close;
  const caller = callerOf(new Headers({ 'x-mcp-userid': 'al%20ice', 'x-mcp-roles': 'a,b%2Cc' }))!;
  const progress: Progress[] = [];
  const callTool = toolCalls({
    gateway: link,
    schemas: schemas(),
    patience: { silenceMs: 1500, totalMs: 8000 },
    maxResultBytes: MAX_RESULT_BYTES,
  });
  const result = await callTool({
    tool: { name: 'x', inputSchema: { type: 'object' }, ...more },
    args: { a: 1 },
    caller,
    signal: AbortSignal.timeout(cancelAfterMs),
    onProgress: (one) => progress.push(one),
  });
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  return { text, isError: result.isError === true, structured: result.structuredContent, progress };
}

test('the arguments and the caller reach the tool, and its text comes back', async () => {
  const seen: unknown[] = [];
  const { text, isError } = await call((args, { headers }, response) => {
    seen.push(args, headers['x-mcp-userid'], headers['x-mcp-roles']);
    response.end('grüezi');
  });
  expect(seen).toEqual([{ a: 1 }, 'al%20ice', 'a,b%2Cc']);
  expect({ text, isError }).toEqual({ text: 'grüezi', isError: false });
});

test('JSON of a tool that promises a structure comes back as both', async () => {
  const { text, structured } = await call(
    (_args, _request, response) =>
      response.setHeader('content-type', 'application/json; charset=utf-8').end('{"n":1}'),
    { outputSchema },
  );
  expect(text).toBe('{"n":1}');
  expect(structured).toEqual({ n: 1 });
});

test.each([
  ['HTML that it calls JSON', 'application/json', '<html>', 'calls JSON and is not'],
  ['another type', 'text/html', '<html>', 'promises JSON and answered with text/html'],
  ['JSON of another shape', 'application/json', '{"n":"one"}', '/n must be number'],
])('a tool that promises a structure and sends %s has failed', async (_what, type, body, why) => {
  const { text, isError, structured } = await call(
    (_args, _request, response) => response.setHeader('content-type', type).end(body),
    { outputSchema },
  );
  expect(isError).toBe(true);
  expect(structured).toBeUndefined();
  expect(text).toContain(why);
});

test('bytes that are no text are a failure, not garbage', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response.setHeader('content-type', 'image/png').end(Buffer.from([0x89, 0xff, 0xfe])),
  );
  expect(isError).toBe(true);
  expect(text).toBe('The tool answered with image/png that is no text in UTF-8.');
});

test('an error of the tool has its status and a bounded piece of its body', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response.writeHead(500).end('boom '.repeat(10_000)),
  );
  expect(isError).toBe(true);
  expect(text).toMatch(/^The tool answered 500\.\n\nboom /);
  expect(text.length).toBeLessThan(2200);
});

test('what the gateway says of a tool that it cannot call is said in its words', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response
      .writeHead(503, { 'x-gateway-error': 'unavailable' })
      .end('{"jsonrpc":"2.0","error":{"code":503,"message":"No replica is ready."}}'),
  );
  expect({ text, isError }).toEqual({ text: 'The tool cannot be used: No replica is ready.', isError: true }); // prettier-ignore
});

test.each(['not_found', 'forbidden', 'insufficient_scope'])(
  'a tool that the gateway answers %s for is none for this caller',
  async (code) => {
    const refused = call((_args, _request, response) =>
      response.writeHead(403, { 'x-gateway-error': code }).end('{}'),
    );
    await expect(refused).rejects.toThrow(NoSuchTool);
  },
);

test('an answer that is packed is a failure, since nobody has asked for it', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response.setHeader('content-encoding', 'gzip').setHeader('content-type', 'text/plain').end('x'),
  );
  expect({ text, isError }).toEqual({
    text: 'The tool answered with text/plain that is packed, which was not asked for.',
    isError: true,
  });
});

test('a redirect is not followed', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response.writeHead(302, { location: `${gateway?.url}/tools/other/call` }).end(),
  );
  expect(isError).toBe(true);
  expect(text).toContain('302');
  expect(gateway?.seen).toHaveLength(1);
});

test('a tool that hangs is a failure once patience ends, and the connection is closed', async () => {
  let closed = 0;
  const { text, isError } = await call((_args, _request, response) => {
    response.on('close', () => closed++);
  });
  expect({ text, isError }).toEqual({
    text: 'The tool did not answer within 2 s.',
    isError: true,
  });
  await eventually(10_000, () => expect(closed).toBe(1));
});

test('a tool that floods is cut off at the limit', async () => {
  let written = 0;
  const { text, isError } = await call((_args, _request, response) => {
    const more = (): void => {
      written += 10_000;
      if (!response.destroyed) response.write('x'.repeat(10_000), () => setImmediate(more));
    };
    more();
  });
  expect(isError).toBe(true);
  expect(text).toContain(`more than ${MAX_RESULT_BYTES} bytes`);
  expect(written).toBeLessThan(100 * MAX_RESULT_BYTES);
});

test('a tool that dies in the middle of its answer is a failure', async () => {
  const { text, isError } = await call((_args, _request, response) => {
    response.write('half of ');
    setTimeout(() => response.destroy(), 50);
  });
  expect(isError).toBe(true);
  expect(text).toBe('The connection to the tool broke before its answer was complete.');
});

test('a cancelled call is cancelled at the tool', async () => {
  let closed = 0;
  const { text } = await call(
    (_args, _request, response) => void response.on('close', () => closed++),
    {},
    { cancelAfterMs: 700 },
  );
  expect(text).toBe('The call was cancelled.');
  await eventually(10_000, () => expect(closed).toBe(1));
});

test('a tool that answers with events reports its progress, which renews patience', async () => {
  const { text, structured, progress } = await call(
    (_args, _request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      let step = 0;
      const timer = setInterval(() => {
        step++;
        response.write(`event: progress\ndata: {"progress":${step},"total":3,"message":"s${step}"}\n\n`); // prettier-ignore
        if (step < 3) return;
        clearInterval(timer);
        response.end('event: result\ndata: {"n":3}\n\n');
      }, 700);
    },
    { outputSchema },
  );
  expect(progress).toHaveLength(3);
  expect(progress[0]).toEqual({ progress: 1, total: 3, message: 's1' });
  expect(structured).toEqual({ n: 3 });
  expect(text).toBe('{"n":3}');
});

test('an event stream that ends without a result is a failure', async () => {
  const { text, isError } = await call((_args, _request, response) =>
    response.setHeader('content-type', 'text/event-stream').end('event: progress\ndata: no\n\n'),
  );
  expect(isError).toBe(true);
  expect(text).toBe('The tool ended its answer without a result.');
});
