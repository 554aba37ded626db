import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import type { Workload } from '@mcp-gateway/core/domain/workload';

const Image = z.strictObject({
  command: z.array(z.string().min(1)).min(1),
  cwd: z.string().min(1).optional(),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  readiness: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'must be a path that starts with /')
    .optional(),
});
const ImageFile = z.strictObject({
  $schema: z.string().optional(),
  images: z.record(
    z
      .string()
      .regex(
        /^[a-z0-9]+([._/-][a-z0-9]+)*(:[a-zA-Z0-9][a-zA-Z0-9._:-]*)?$/,
        'must be a name such as my-server or my-server:1.0',
      ),
    Image,
  ),
});

/** How an image is run as a process on this machine. */
export interface LocalImage {
  /** Program and arguments; found by PATH. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Path that answers 2xx once the server is ready; when absent, an open port is enough. */
  readonly readiness?: string | undefined;
}

/** Names of images, `name` or `name:version`, to the way they are run. */
export type LocalImages = Readonly<Record<string, LocalImage>>;

/** The images that this machine can run. */
export interface ImageCatalogue {
  /** Throws `invalid_request` that says what is known when there is no such image. */
  resolve: (image: Workload['image']) => LocalImage;
  /** Whether `resolve` finds one. */
  knows: (image: Workload['image']) => boolean;
}

/** The images of `file`, which is read again when it changes and may be absent, and those `builtIn`; the file's come first. */
export function imageCatalogue(options: {
  readonly file: string;
  readonly builtIn: LocalImages;
}): ImageCatalogue {
  const file = resolve(options.file);
  const read = rereading(file);
  read();
  const find = ({ name, version }: Workload['image']): LocalImage | undefined =>
    lookUp(attempt(read), name, version) ?? lookUp(options.builtIn, name, version);
  return {
    knows: (image) => find(image) !== undefined,
    resolve: (image) => {
      const found = find(image);
      if (found) return found;
      const { name, version } = image;
      const own = Object.keys(attempt(read));
      const known = [...new Set([...own, ...Object.keys(options.builtIn)])].sort();
      throw new GatewayError(
        'invalid_request',
        `The image '${name}:${version}' is not known on this machine. Known: ${known.join(', ')}. ` +
          `Describe further ones in ${file}, or install and start a Docker engine, with which any image runs.`,
        { errors: [{ path: 'imageName', message: 'is not a known local image' }] },
      );
    },
  };
}

function lookUp(images: LocalImages, name: string, version: string): LocalImage | undefined {
  const key = [`${name}:${version}`, name].find((candidate) => Object.hasOwn(images, candidate));
  return key === undefined ? undefined : images[key];
}

/** At the start a broken file is a mistake in the settings, later one in a request that needs it. */
function attempt(read: () => LocalImages): LocalImages {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SettingsError)) throw cause;
    throw new GatewayError('invalid_request', cause.message, { cause });
  }
}

function rereading(file: string): () => LocalImages {
  let seen: string | undefined;
  let images: LocalImages = {};
  return () => {
    const version = versionOf(file);
    if (version === seen) return images;
    images = version === undefined ? {} : parseFile(file);
    seen = version;
    return images;
  };
}

function versionOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

function parseFile(file: string): LocalImages {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError(`${file} cannot be read as JSON: ${why}`, { cause });
  }
  const { success, data, error } = ImageFile.safeParse(content);
  if (!success) throw new SettingsError(`${file} is not valid: ${mistakes(error)}`);
  return Object.fromEntries(
    Object.entries(data.images).map(([name, image]) => [
      name,
      { ...image, cwd: resolve(dirname(file), image.cwd ?? '.') },
    ]),
  );
}

function mistakes(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}
