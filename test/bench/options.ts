import { parseArgs } from 'node:util';

/** The parts of the bench, in the order in which they run. */
export const PARTS = ['relay', 'bridge', 'start'] as const;
export type Part = (typeof PARTS)[number];

/** What the operator asked for. */
export interface Options {
  readonly help: boolean;
  readonly parts: readonly Part[];
  readonly quick: boolean;
  readonly write: boolean;
}

/** Text of `--help`. */
export const HELP = `npm run bench -- [options]

Measures the gateway and the bridge against their peers and floors in one run.

  --only <part>   just ${PARTS.join(', ')}; may be given several times
  --quick         fewer and shorter repeats: a first impression
  --write         rewrite docs/benchmarks.md with what this run measured
  --help          this text
`;

/** Reads the command line. Throws with a clear line when it is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { only, ...switches } = values;
  for (const name of only) {
    if (!PARTS.some((part) => part === name)) {
      throw new Error(`there is no part "${name}"; there are ${PARTS.join(', ')}`);
    }
  }
  const parts = PARTS.filter((part) => only.length === 0 || only.includes(part));
  return { ...switches, parts };
}
