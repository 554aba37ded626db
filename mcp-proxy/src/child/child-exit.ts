/** How a child came to its end. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it did wrong, or that it could not even be started. */
  readonly failure?: string;
}

/** An exit in words for the caller of a tool. */
export function describeExit({ code, signal, failure }: ChildExit): string {
  if (failure !== undefined) return `The server ${failure}`;
  return signal === null
    ? `The server exited with code ${code ?? 'unknown'}`
    : `The server was ended by ${signal}`;
}
