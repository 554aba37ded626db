import type { Principal } from '../domain/principal.ts';

/** Header values as Node gives them, names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Tells who calls from a request's headers; throws `unauthenticated` for missing or bad credentials. */
export interface Identity {
  authenticate: (headers: RequestHeaders) => Principal | Promise<Principal>;
  /** Header names that carry credentials or claims and must never reach a server behind the gateway. */
  readonly credentialHeaders: readonly string[];
}
