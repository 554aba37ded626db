/** Answers the words of a command line for a service that takes its settings from the environment alone; false where there are none. */
export function explain(words: readonly string[], service: string, help: () => string): boolean {
  if (words.length === 0) return false;
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(`${help()}\n`);
    return true;
  }
  process.stderr.write(`${service} takes no arguments; --help lists its settings.\n`);
  process.exitCode = 2;
  return true;
}
