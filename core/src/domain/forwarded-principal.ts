import type { Principal } from './principal.ts';

/** The headers that tell who calls; anything that a header cannot carry is percent-encoded. */
export interface ForwardedHeaders {
  readonly userId: string;
  readonly roles: string;
}

/** A caller as headers say it. */
export function forwardedHeaders({ id, roles }: Principal): ForwardedHeaders {
  return { userId: headerText(id), roles: roles.map(roleText).join(',') };
}

/** The caller that such headers name; undefined where they name nobody. */
export function forwardedPrincipal({ userId, roles }: ForwardedHeaders): Principal | undefined {
  try {
    const id = decodeURIComponent(userId);
    if (id === '') return undefined;
    return { id, roles: roles.split(',').filter(Boolean).map(decodeURIComponent), kind: 'user' };
  } catch {
    return undefined;
  }
}

/** Visible text as it is; anything else, and `%`, percent-encoded, so that decoding always gives the original. */
function headerText(text: string): string {
  return /^[\x21-\x24\x26-\x7e]*$/.test(text)
    ? text
    : text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]+/g, encodeURIComponent);
}

function roleText(role: string): string {
  return headerText(role).replaceAll(',', '%2C');
}
