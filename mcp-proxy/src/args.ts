import { split } from 'shlex';

const MAX_ARGUMENTS = 64;
const MAX_LENGTH = 512;

/** What is wrong with the text of a list of arguments; its message never contains the text. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
}

/** The words of `text` as a POSIX shell splits them, nothing expanded. Throws `ArgumentsError`. */
export function splitArguments(text: string): readonly string[] {
  const words = wordsOf(text);
  if (words.length > MAX_ARGUMENTS) {
    throw new ArgumentsError(
      `must be at most ${MAX_ARGUMENTS} arguments, these are ${words.length}`,
    );
  }
  words.forEach(checkWord);
  return words;
}

function wordsOf(text: string): readonly string[] {
  try {
    return split(text);
  } catch (cause) {
    throw new ArgumentsError('must be shell words: a quote or a backslash has no end', { cause });
  }
}

/** Throws `ArgumentsError` for what no argument of ours may be. */
export function checkWord(word: string, index = 0): void {
  // Characters, not the halves that JavaScript counts.
  if (word.length > MAX_LENGTH && Array.from(word).length > MAX_LENGTH) {
    throw new ArgumentsError(`argument ${index + 1} is longer than ${MAX_LENGTH} characters`);
  }
  if (/[\0\r\n]/.test(word)) {
    throw new ArgumentsError(`argument ${index + 1} has a NUL or a line break`);
  }
}
