import type { ProcessLog } from './process-log.ts';

/** The first signal ends a service in order, the second at once; so does a bug, whose state nobody knows. */
export function stopOnSignals(
  service: { readonly stop: () => Promise<void> },
  { log, flush }: ProcessLog,
): void {
  let stopping = false;
  const exit = (code: number): void => {
    void flush().then(() => process.exit(code));
  };
  const stop = (code: number, reason: string): void => {
    if (stopping) {
      exit(code === 0 ? 130 : code);
      return;
    }
    stopping = true;
    log.info({ reason }, 'stopping');
    service.stop().then(
      () => exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'not stopped in order');
        exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => stop(0, signal));
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'bug, this process cannot go on');
      stop(1, event);
    });
  }
}
