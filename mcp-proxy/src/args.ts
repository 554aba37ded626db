const MAX_ARGUMENTS = 64;
const MAX_LENGTH = 512;

/** What is wrong with the text of a list of arguments; its message never contains the text. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
}

/**
 * The words of `text` as Python's `shlex.split` and a POSIX shell split them (Shell Command Language, section 2.2),
 * nothing expanded. Throws `ArgumentsError`.
 */
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

/**
 * White space between words, or one part of a word: in single quotes, in double quotes, behind a backslash, or plain.
 * Parts are read one by one: the shlex package reads the escapes of a word's earlier parts again with each later one.
 */
const PART =
  /(?<space>[ \t\r\n]+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[^])*)"|\\(?<escaped>[^])|(?<plain>[^ \t\r\n'"\\]+)/guy;

function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const [whole, space, single, double, escaped, plain] of text.matchAll(PART)) {
    end += whole.length;
    if (space === undefined) {
      const part = single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain ?? '';
      word = (word ?? '') + part;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  if (end < text.length) {
    throw new ArgumentsError('must be shell words: a quote or a backslash has no end');
  }
  return words;
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
