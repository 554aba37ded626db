import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

/** Puts `text` into `file`, for this user alone; a reader sees the old text or the new one, never a part. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await rename(await draftOf(file, text), file);
}

/** As `writePrivately`, but what is there stays; of several writers one wins. */
export async function createPrivately(file: string, text: string): Promise<void> {
  const draft = await draftOf(file, text);
  try {
    await link(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function draftOf(file: string, text: string): Promise<string> {
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
}
