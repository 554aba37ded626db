import { type ChildLine, readChildLine } from '../json/child-line.ts';
import type { ChildExit } from './child-exit.ts';
import type { Child } from './child.ts';

/** Who hears what a child says. */
export interface Ears {
  readonly response: (line: ChildLine) => void;
  /** A notification or a request. */
  readonly statement: (line: ChildLine) => void;
  readonly exit: (exit: ChildExit) => void;
}

/** Listens to a child's messages; what is none goes to its log. */
export function hear(child: Child, ears: Ears): void {
  child.listen({
    line: (raw) => {
      const line = readChildLine(raw);
      if (line === undefined) child.log.garbage(raw);
      else if (line.message.method === undefined) ears.response(line);
      else ears.statement(line);
    },
    exit: ears.exit,
  });
}
