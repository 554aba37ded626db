import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

const MAX_BYTES = 64 * 1024;

/** A reference that cannot be followed; the message says what to do and shows no value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** The value of `{secret}/{key}`, the file of that path below `folder`; one final line break is not part of it. */
export function secretValue(folder: string, reference: string): string {
  const file = join(folder, reference);
  const real = realFile(folder, file);
  if (statSync(real).size > MAX_BYTES) {
    throw new SecretError(`The secret '${reference}' is larger than ${MAX_BYTES} bytes.`);
  }
  const value = readFileSync(real, 'utf8').replace(/\r?\n$/, '');
  if (value.includes('\0')) throw new SecretError(`The secret '${reference}' contains NUL.`);
  return value;
}

/** A link may lead to another file of the folder, never out of it. */
function realFile(folder: string, file: string): string {
  const real = realPath(file);
  if (real === undefined || !statSync(real).isFile()) {
    throw new SecretError(`There is no secret for it: make the file ${file}.`);
  }
  if (!real.startsWith(realpathSync(folder) + sep)) {
    throw new SecretError(`The file ${file} is a link that leads out of ${folder}.`);
  }
  return real;
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
