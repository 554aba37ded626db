import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { connected, type Connected } from '../support/clients.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { addTool } from '../support/tools.ts';
import { until } from '../support/until.ts';

const TOOL = resolve(import.meta.dirname, '../fixtures/tools/misbehaving-tool.mjs');
const MAX_BYTES = 1024 * 1024;
const outputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

/** What each tool is called by its path, and what whoever calls it is told. */
const TROUBLE = {
  hang: 'The tool did not answer within 2 s.',
  drip: 'The tool did not answer within 2 s.',
  flood: `The tool answered with more than ${MAX_BYTES} bytes, which is too much.`,
  huge: 'The tool cannot be used: The answer has more than 1073741824 bytes.', // what the gateway lets pass
  'progress-flood': `The tool answered with more than ${MAX_BYTES} bytes, which is too much.`,
  'one-line': `The tool answered with more than ${MAX_BYTES} bytes, which is too much.`,
  redirect: 'The tool cannot be used: The server answered with a redirect.',
  html: 'The tool answered with what it calls JSON and is not.',
  binary: 'The tool answered with text/plain that is no text in UTF-8.',
  packed: 'The tool answered with application/json that is packed, which was not asked for.',
  wrong: 'The answer of the tool is not what its outputSchema promises: /n must be number',
  impostor: 'The tool answered 404.',
  dies: 'The connection to the tool broke before its answer was complete.',
  garbage: 'The tool cannot be used: The connection to the server failed.',
} as const;
type Trouble = keyof typeof TROUBLE;

let folder: string;
let gateway: RunningGateway;
let elsewhere: Server;
const strayed: unknown[] = [];

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    strayed.push([request.url, request.headers]);
    response.end('{"n":1}');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'misbehaving-tools-'));
  const images = join(folder, 'local-images.json');
  const command = [process.execPath, TOOL];
  await writeFile(images, JSON.stringify({ images: { 'odd-tool': { command } } }));
  gateway = await startGateway({
    env: {
      LOCAL_IMAGES: images,
      READY_WAIT_SECONDS: '1',
      CALL_TIMEOUT_SECONDS: '2',
      CALL_MAX_SECONDS: '8',
      MAX_RESULT_BYTES: String(MAX_BYTES),
    },
  });
  const { port } = elsewhere.address() as AddressInfo; // TCP, so not a string
  const environmentVariables = { ELSEWHERE: `http://127.0.0.1:${port}/elsewhere` };
  await Promise.all(
    ['good', 'steps', ...Object.keys(TROUBLE)].map(
      (name) =>
      addTool(gateway.url, { name, imageName: 'odd-tool', path: `/${name}`, outputSchema, environmentVariables }), // prettier-ignore
    ),
  );
  await eventually(60_000, async () => {
    const states = await Promise.all(['good', 'steps', ...Object.keys(TROUBLE)].map(statusOf));
    expect(new Set(states)).toEqual(new Set(['Healthy']));
  });
}, 180_000);

afterAll(async () => {
  elsewhere.close();
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function statusOf(name: string): Promise<string> {
  const answer = await fetch(`${gateway.url}/tools/${name}/status`);
  return ((await answer.json()) as { replicaStatus: string }).replicaStatus;
}

const logOf = async (name: string): Promise<string> =>
  (await fetch(`${gateway.url}/tools/${name}/logs`)).text();

/** What nobody outside may learn: addresses of this machine, places in the code, the folder of the gateway. */
function assertHidesInternals(text: string): void {
  expect(text).not.toMatch(
    /127\.0\.0\.1|localhost|:\d{4,5}\b|ECONN|UND_ERR|\bat .+:\d+:\d+|\.ts\b/,
  );
  expect(text).not.toContain(gateway.dataDir);
}

describe.each(['legacy', 'modern'] as const)('a client of the %s era', (era) => {
  let client: Connected;

  beforeAll(async () => {
    // The router starts with the first call, and nobody waits for anything here for long.
    client = await eventually(60_000, () => connected(era, `${gateway.url}/mcp`));
    await until('all tools are listed', 30_000, async () => {
      const names = await client.list();
      return names.length === 2 + Object.keys(TROUBLE).length || names.join();
    });
  }, 120_000);
  afterAll(() => client.close());

  test.each(Object.keys(TROUBLE) as Trouble[])(
    'is told what is wrong with a tool such as %s, in time, and the others go on',
    async (name) => {
      const begun = performance.now();
      const call = client.call(name, {});
      // Meanwhile, as long as it takes.
      let good = 0;
      const others = (async () => {
        do {
          expect(await client.call('good', { n: good })).toMatchObject({ isError: false, structured: { n: good } }); // prettier-ignore
          good++;
        } while (good < 3);
      })();
      const { isError, text, structured } = await call;
      await others;
      expect([isError, text.split('\n')[0]]).toEqual([true, TROUBLE[name]]);
      expect(structured).toBeUndefined();
      assertHidesInternals(text);
      expect(performance.now() - begun).toBeLessThan(30_000);
      expect(strayed).toEqual([]);
    },
    60_000,
  );

  test('whose call is cancelled has it cancelled at the tool', async () => {
    const before = count(await logOf('hang'), 'called');
    const cancel = new AbortController();
    const call = client.call('hang', {}, { signal: cancel.signal });
    call.catch(() => undefined);
    await eventually(20_000, async () => expect(count(await logOf('hang'), 'called')).toBe(before + 1)); // prettier-ignore
    cancel.abort();
    await expect(call).rejects.toThrow();
    await eventually(20_000, async () => expect(count(await logOf('hang'), 'cut off')).toBe(before + 1)); // prettier-ignore
  }, 60_000);

  test('hears how far a tool has come', async () => {
    const progress: unknown[] = [];
    const { structured } = await client.call('steps', {}, { onprogress: (one) => progress.push(one) }); // prettier-ignore
    expect(structured).toEqual({ n: 3 });
    await eventually(10_000, () => expect(progress).toHaveLength(3));
    expect(progress[0]).toMatchObject({ progress: 1, total: 3, message: 'step 1' });
  }, 60_000);

  test('is served again by a tool that has died once its replica is back', async () => {
    await eventually(60_000, async () => expect(await statusOf('dies')).toBe('Healthy'));
    expect((await client.call('dies', {})).text).toContain('broke before');
  }, 120_000);
});

test('a tool that never gets ready is a clear failure, with the way to the reason', async () => {
  await addTool(gateway.url, { name: 'never', imageName: 'mcp-proxy', environmentVariables: { MCP_COMMAND: 'no-such-program' } }); // prettier-ignore
  const client = await connected('modern', `${gateway.url}/mcp`);
  try {
    await eventually(20_000, async () => expect(await client.list()).toContain('never'));
    const { isError, text } = await client.call('never', {});
    expect([isError, text]).toEqual([true, 'The tool cannot be used: No replica of the tool never is ready yet; /tools/never/status says why.']); // prettier-ignore
  } finally {
    await client.close();
  }
}, 60_000);

function count(text: string, what: string): number {
  return text.split('\n').filter((line) => line.includes(what)).length;
}
