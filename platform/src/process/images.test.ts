import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { imageCatalogue } from './images.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-images-'));
  file = join(folder, 'local-images.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const BUILT_IN = { 'mcp-example': { command: ['node', 'main.ts'], cwd: '/repository' } };
const catalogue = () => imageCatalogue({ file, builtIn: BUILT_IN });
const write = (images: unknown) => writeFileSync(file, JSON.stringify({ images }));
const own = (name: string, version = '1.0') => ({ name, version });

test('without a file there are the built-in images, in any version', () => {
  expect(catalogue().resolve(own('mcp-example', '7'))).toBe(BUILT_IN['mcp-example']);
});

test('an unknown image is the mistake of the request, which is told what is known and where to add to it', () => {
  write({ 'team/mine': { command: ['mine'] } });
  expect(() => catalogue().resolve(own('other'))).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      message: `The image 'other:1.0' is not known on this machine. Known: mcp-example, team/mine. Describe further ones in ${file}, or install and start a Docker engine, with which any image runs.`,
      errors: [{ path: 'imageName', message: 'is not a known local image' }],
    }),
  );
});

test('names that every object has are no images', () => {
  for (const name of ['constructor', 'toString', '__proto__'])
    expect(() => catalogue().resolve(own(name))).toThrow(/not known/);
});

test("an image of the file is run in the file's folder, or in one relative to it", () => {
  write({
    here: { command: ['a', 'b'], environment: { X: '1' }, readiness: '/health' },
    there: { command: ['a'], cwd: 'sub' },
  });
  expect(catalogue().resolve(own('here'))).toEqual({
    command: ['a', 'b'],
    environment: { X: '1' },
    readiness: '/health',
    cwd: folder,
  });
  expect(catalogue().resolve(own('there')).cwd).toBe(join(folder, 'sub'));
});

test('a version has its own entry before the one for all versions, and the file comes before what is built in', () => {
  write({
    mine: { command: ['all'] },
    'mine:1.0': { command: ['one'] },
    'mcp-example:1.0': { command: ['own'] },
  });
  const images = catalogue();
  expect(images.resolve(own('mine')).command).toEqual(['one']);
  expect(images.resolve(own('mine', '2.0')).command).toEqual(['all']);
  expect(images.resolve(own('mcp-example')).command).toEqual(['own']);
  expect(images.resolve(own('mcp-example', '2.0'))).toBe(BUILT_IN['mcp-example']);
});

test('a change of the file counts at once, also its end', () => {
  const images = catalogue();
  write({ mine: { command: ['first'] } });
  expect(images.resolve(own('mine')).command).toEqual(['first']);
  write({ mine: { command: ['second one'] } });
  expect(images.resolve(own('mine')).command).toEqual(['second one']);
  rmSync(file);
  expect(() => images.resolve(own('mine'))).toThrow(/not known/);
});

test.each([
  ['{', /cannot be read as JSON/],
  ['[]', /is not valid/],
  ['{"images":{"a":{"command":[]}}}', /images\.a\.command/],
  ['{"images":{"a":{"command":"node x"}}}', /images\.a\.command/],
  ['{"images":{"a":{"command":["a"],"environ":{}}}}', /environ/],
  ['{"images":{"a":{"command":["a"],"readiness":"health"}}}', /images\.a\.readiness: .*start/],
  ['{"images":{"UPPER":{"command":["a"]}}}', /UPPER/],
  ['{"images":{"a":{"command":["a"],"environment":{"1X":"y"}}}}', /1X/],
])(
  'the file %j is refused by name: at the start as a setting, later in the request',
  (text, why) => {
    writeFileSync(file, text);
    expect(catalogue).toThrow(SettingsError);
    expect(catalogue).toThrow(file);
    expect(catalogue).toThrow(why);
    rmSync(file);
    const images = catalogue();
    writeFileSync(file, text);
    expect(() => images.resolve(own('a'))).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(why) }),
    );
  },
);
