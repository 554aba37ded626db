import { afterEach, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import { openSession, textOf, until } from '../testing/client.ts';

afterEach(stopBridges);

test('arguments and environment reach the child as they are, without what is for the bridge alone', async () => {
  const { url } = await startBridge({
    flags: `--stderr "two words" --delay '0'`,
    settings: { MY_TOKEN: 'mine', MCP_CUSTOM: 'kept', MCP_MAX_LINE_BYTES: '100000' },
  });
  const session = await openSession(url);
  expect(textOf(await session.call('args'))).toBe('["--stderr","two words","--delay","0"]');
  const environment = JSON.parse(textOf(await session.call('environment')) ?? '') as Record<
    string,
    string
  >;
  expect(environment).toMatchObject({ MY_TOKEN: 'mine', MCP_CUSTOM: 'kept' });
  expect(Object.keys(environment).filter((name) => name.startsWith('MCP_'))).toEqual([
    'MCP_CUSTOM',
  ]);
});

test('what a child writes beside the protocol is in the log, in lines, and harms nothing', async () => {
  const { url, log } = await startBridge({ flags: '--stderr hello' });
  const session = await openSession(url);
  await session.call('stderr', { text: 'line', lines: 3 });
  expect(textOf(await session.call('garbage'))).toBe('littered');
  await until(() => log.some(({ fields }) => fields.text === 'line 2'));
  expect(log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({
        text: 'this is no JSON',
        pid: expect.any(Number),
        session: session.id.slice(0, 6),
      }),
    }),
  );
  expect(JSON.stringify(log)).not.toContain(session.id);
});

test('a flood on stderr is logged at a bounded rate', async () => {
  const { url, log } = await startBridge();
  const session = await openSession(url);
  await session.call('stderr', { text: 'flood', lines: 20_000 });
  await until(async () => textOf(await session.call('echo', { text: 'alive' })) === 'alive');
  expect(log.filter(({ message }) => message === 'server stderr').length).toBeLessThan(2000);
});

test('a byte order mark before the first message and stderr without a line end lose nothing', async () => {
  const { url, log } = await startBridge({ flags: '--preamble' });
  const session = await openSession(url);
  expect(textOf(await session.call('echo', { text: 'read' }))).toBe('read');
  await session.end();
  await until(() => log.some(({ fields }) => fields.text === 'words without end'));
});

test('an answer with a byte that is no UTF-8 comes, the byte replaced', async () => {
  const { url } = await startBridge();
  const session = await openSession(url);
  expect(textOf(await session.call('latin'))).toBe('caf\uFFFD');
});

test('lines that answer nothing, nobody or for the second time harm nothing', async () => {
  const { url } = await startBridge();
  const session = await openSession(url);
  expect(textOf(await session.call('babble'))).toBe('once');
  expect(textOf(await session.call('echo', { text: 'on' }))).toBe('on');
});

test('the last answer of a child that exits comes without a line end too, half of one does not', async () => {
  const { url } = await startBridge();
  const [first, second] = await Promise.all([openSession(url), openSession(url)]);
  expect((await first.call('last-words')).answer.result).toHaveProperty('padding');
  expect((await second.call('last-words', { half: true })).answer.error?.code).toBe(-32603);
});
