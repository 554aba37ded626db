import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorCode } from './error-code.ts';
import { createPrivately } from './private-file.ts';

const KEY_BYTES = 32;

/** The keys in `file`, one base64 line each, made with one new key by whoever of several processes comes first. */
export async function sessionKeysFrom(file: string): Promise<readonly Buffer[]> {
  try {
    return decoded(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  await createPrivately(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  return decoded(await readFile(file, 'utf8'), file);
}

/** The keys given as settings, already checked there. */
export function sessionKeysOf(texts: readonly string[]): readonly Buffer[] {
  return texts.map((text) => Buffer.from(text, 'base64'));
}

function decoded(text: string, file: string): readonly Buffer[] {
  const keys = sessionKeysOf(text.split('\n').filter((line) => line.trim() !== ''));
  if (keys.length === 0 || keys.some((key) => key.length !== KEY_BYTES)) {
    throw new Error(`${file} must hold base64 of ${KEY_BYTES} bytes on each line`);
  }
  return keys;
}
