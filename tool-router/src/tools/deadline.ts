/** How long something may take: anew after each sign of progress, and in all. */
export interface Patience {
  readonly silenceMs: number;
  readonly totalMs: number;
}

/** A signal that aborts when patience ends or when `signal` does; `dispose` it when the work has ended. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Which patience it was that ended; undefined when none did. */
  readonly expired: () => keyof Patience | undefined;
  /** Patience begins anew. */
  readonly progress: () => void;
  readonly dispose: () => void;
}

/** Starts the clock. */
export function deadline({ silenceMs, totalMs }: Patience, signal: AbortSignal): Deadline {
  const late = new AbortController();
  let expired: keyof Patience | undefined;
  const expire = (which: keyof Patience): void => {
    expired ??= which;
    late.abort();
  };
  const total = setTimeout(expire, totalMs, 'totalMs');
  const silence = setTimeout(expire, silenceMs, 'silenceMs');
  return {
    signal: AbortSignal.any([late.signal, signal]),
    expired: () => expired,
    progress: () => void silence.refresh(),
    dispose: () => {
      clearTimeout(total);
      clearTimeout(silence);
    },
  };
}
