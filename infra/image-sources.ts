import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** An image that the program builds. */
export interface ImageSource {
  /** Its repository in the registry. */
  readonly repository: string;
  readonly dockerfile: string;
  /** Files and folders that go into it. */
  readonly sources: readonly string[];
}

/** What every bundle is made by. */
const TOOLS = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  '.dockerignore',
  'tsconfig.json',
  'scripts/bundle.mjs',
];

function service(repository: string, room: string, others: readonly string[]): ImageSource {
  const sources = [room, ...others].map((folder) => `${folder}/**`);
  return { repository, dockerfile: `${room}/Dockerfile`, sources: [...sources, ...TOOLS] };
}

const SHARED = ['core', 'platform'];

/** The images by repository: the services, the bridge that runs stdio servers, and the samples. */
export const IMAGES = {
  gateway: service('gateway', 'gateway', SHARED),
  'tool-router': service('tool-router', 'tool-router', SHARED),
  'mcp-proxy': service('mcp-proxy', 'mcp-proxy', SHARED),
  'mcp-example': service('mcp-example', 'sample-servers/mcp-example', ['core']),
  'tool-example': service('tool-example', 'sample-servers/tool-example', ['core']),
} as const;
export type ImageName = keyof typeof IMAGES;

/** What never goes into an image, as the .dockerignore says, too. */
const LEFT_OUT = ['**/node_modules/**', '**/*.test.ts', '**/testing/**', '**/dist/**'];

/** Enough of a hash that no two contents meet. */
const TAG_LENGTH = 16;

/** A tag that is the same for the same content of the same generation, and another for any other; what images are based on changes without their sources. */
export function contentTag(root: string, source: ImageSource, generation: number): string {
  const hash = createHash('sha256').update(`${generation}\0`);
  for (const file of sourceFiles(root, source)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, TAG_LENGTH);
}

/** The files that a content tag stands for, in an order of their own. */
export function sourceFiles(root: string, { dockerfile, sources }: ImageSource): readonly string[] {
  const found = globSync([...sources, dockerfile], { cwd: root, exclude: LEFT_OUT })
    .filter((file) => statSync(join(root, file)).isFile())
    .map((file) => file.replaceAll('\\', '/'));
  return [...new Set(found)].sort();
}
