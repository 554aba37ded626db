import { expect, test } from '@jest/globals';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { contentTag, IMAGES, sourceFiles, type ImageName } from './image-sources.ts';

const ROOT = resolve(import.meta.dirname, '..');

test.each(Object.keys(IMAGES) as ImageName[])(
  'whatever %s is made of counts for its tag',
  async (name) => {
    const { dockerfile } = IMAGES[name];
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [`${dirname(dockerfile)}/src/main.ts`],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      external: ['ssh2'], // with native parts, which no image has
      logLevel: 'silent',
    });
    const ours = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/'));
    expect(ours.length).toBeGreaterThan(2);
    const sources = sourceFiles(ROOT, IMAGES[name]);
    expect(sources).toEqual(expect.arrayContaining(ours));
    // Versions of what is installed, how it is bundled, and how the image is put together.
    const made = ['package-lock.json', '.npmrc', '.dockerignore', 'scripts/bundle.mjs', dockerfile];
    expect(sources).toEqual(expect.arrayContaining(made));
    expect(sources.filter((path) => path.endsWith('.test.ts'))).toEqual([]);
  },
);

test.each(Object.keys(IMAGES) as ImageName[])(
  'a tag of %s is the same for the same generation, and another for the next one',
  (name) => {
    const tag = (generation: number) => contentTag(ROOT, IMAGES[name], generation);
    expect(tag(1)).toBe(tag(1));
    expect(new Set([1, 2, 11, 12].map(tag)).size).toBe(4);
  },
);
