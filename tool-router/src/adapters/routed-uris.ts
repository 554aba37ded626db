/** A URI that says which adapter it belongs to; templates keep their variables. */
export function routedUri(adapter: string, uri: string): string {
  return `adapter+${adapter}:${uri}`;
}

/** The adapter and its own URI; `undefined` for a URI that says nothing of an adapter. */
export function unrouted(uri: string): { adapter: string; uri: string } | undefined {
  const [, adapter, rest] = /^adapter\+([a-z][a-z0-9-]*):(.*)$/s.exec(uri) ?? [];
  return adapter === undefined || rest === undefined ? undefined : { adapter, uri: rest };
}
