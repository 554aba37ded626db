/** Lets one of several equal processes do what must not be done by two at a time. */
export interface Leadership {
  /**
   * Runs `work` whenever this process leads, until `signal` is aborted or `work` ends by itself. The signal that
   * `work` gets is aborted when leadership is lost, which is before anybody else can have it. Never rejects but
   * with what `work` throws.
   */
  lead: (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => Promise<void>;
}
