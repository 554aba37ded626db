import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { lines } from './lines.ts';
import type { ObjectMeta } from './objects.ts';

const PAGE = 500;
/** The server ends a watch after this time, so that a connection that silently died is noticed soon. */
const WATCH_SECONDS = 30;
const SILENCE_MS = (WATCH_SECONDS + 5) * 1000;

export interface Watched {
  readonly metadata: ObjectMeta;
}

export interface Snapshot<T> {
  readonly items: readonly T[];
  /** From here on a watch continues without a gap. */
  readonly resourceVersion: string;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface Selection {
  readonly path: string;
  readonly labelSelector: string;
}

interface ListPage<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** All objects as of one version. */
export async function snapshot<T>(
  api: ApiClient,
  { path, labelSelector }: Selection,
  signal: AbortSignal,
): Promise<Snapshot<T>> {
  const items: T[] = [];
  for (let next: string | undefined; ;) {
    const query = { labelSelector, limit: PAGE, continue: next };
    const page = await api.json<ListPage<T>>({ path, query, signal });
    items.push(...page.items);
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** Changes after a version, until the server ends the watch; throws `ApiError` 410 when that version is forgotten. */
export async function* changes<T extends Watched>(
  api: ApiClient,
  { path, labelSelector }: Selection,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const query = {
    labelSelector,
    resourceVersion,
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_SECONDS,
  };
  const chunks = await api.stream({ path, query, signal }, SILENCE_MS);
  for await (const line of lines(chunks)) {
    const event = JSON.parse(line) as WatchEvent<T> | ErrorEvent; // the protocol of watches
    if (event.type === 'ERROR') throw watchError(event);
    yield event;
  }
}

interface ErrorEvent {
  readonly type: 'ERROR';
  readonly object: { readonly code?: number; readonly reason?: string; readonly message?: string };
}

function watchError({ object }: ErrorEvent): ApiError {
  return new ApiError(object.code ?? 500, object.reason ?? '', object.message ?? 'watch failed');
}
