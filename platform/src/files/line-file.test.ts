import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Log } from '@mcp-gateway/core/ports/log';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { lineFile } from './line-file.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function setup(maxBytes = 1_000_000) {
  const folder = await mkdtemp(join(tmpdir(), 'lines-'));
  folders.push(folder);
  const path = join(folder, 'audit.jsonl');
  const messages: string[] = [];
  const note = (_: object, message: string): void => void messages.push(message);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const make = () => lineFile({ to: path, log, maxBytes });
  return { folder, path, messages, make };
}

describe('a file of lines', () => {
  test('has each line once and in order when it is closed, also behind what was there', async () => {
    const { path, make } = await setup();
    await writeFile(path, 'before\n');
    const [one, other] = [make(), make()];
    const lines = [...Array(5000).keys()].map((n) => `line ${n} ${'é'.repeat(n % 50)}`);
    for (const line of lines) (line.length % 2 ? one : other).add(line);
    await Promise.all([one.close(), other.close()]);
    const written = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(written.shift()).toBe('before');
    expect([...written].sort()).toEqual([...lines].sort());
    expect(written.filter((line) => line.length % 2)).toEqual(lines.filter((line) => line.length % 2)); // prettier-ignore
    expect(one.lost() + other.lost()).toBe(0);
  });

  test('that was moved away is made anew', async () => {
    const { path, make } = await setup();
    const file = make();
    file.add('old');
    await eventually(15_000, async () => expect(await readFile(path, 'utf8')).toBe('old\n'));
    await rename(path, `${path}.1`);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    file.add('new');
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('new\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('old\n');
  });

  test('on a full disk keeps what has room, counts the rest, and says so once', async () => {
    const { path, make, messages } = await setup(1000);
    await symlink('/dev/full', path);
    const file = make();
    for (let n = 0; n < 20; n++) file.add('x'.repeat(99));
    await eventually(15_000, () =>
      expect(messages).toContain('audit cannot be written, trying again'),
    );
    expect(file.lost()).toBe(10);
    await rm(path);
    await eventually(15_000, () => expect(messages).toContain('audit can be written again'));
    file.add('after');
    await file.close();
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(12);
    expect(messages.filter((message) => message.includes('lost'))).toHaveLength(1);
  });

  test('that can never be written is given up in the end, and what it had is counted', async () => {
    const { path, make, messages } = await setup();
    await symlink('/dev/full', path);
    const file = make();
    file.add('one');
    await file.close();
    expect(file.lost()).toBe(1);
    expect(messages).toContain('audit ends with events that were not written');
  });

  test('on an output that nobody reads does not hold up the process', async () => {
    const module = new URL('./line-file.ts', import.meta.url).href;
    const program = `
      import { lineFile } from ${JSON.stringify(module)};
      const note = () => undefined;
      const log = { debug: note, info: note, warn: note, error: note };
      const file = lineFile({ to: 1, log, maxBytes: 1_000_000 });
      for (let n = 0; n < 3000; n++) file.add('x'.repeat(999));
      let ticks = 0;
      setInterval(() => ticks++, 10);
      setTimeout(() => { console.error(JSON.stringify({ lost: file.lost(), ticks })); process.exit(0); }, 700);
    `;
    const child = execFile(process.execPath, ['--input-type=module', '-e', program]);
    child.stdout?.pause();
    let said = '';
    child.stderr?.on('data', (chunk: string) => (said += chunk));
    await eventually(20_000, () => expect(said).toContain('}'));
    const { lost, ticks } = JSON.parse(/\{.*\}/.exec(said)?.[0] ?? '') as { lost: number; ticks: number }; // prettier-ignore
    expect(lost).toBe(2000);
    expect(ticks).toBeGreaterThan(5);
    child.kill('SIGKILL');
  });
});
