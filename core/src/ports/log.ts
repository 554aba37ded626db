type LogFunction = (fields: object, message: string) => void;

/** Structured log: constant message, data as fields; never tokens, bodies or values of variables. */
export interface Log {
  readonly debug: LogFunction;
  readonly info: LogFunction;
  readonly warn: LogFunction;
  readonly error: LogFunction;
}
