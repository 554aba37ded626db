import type { ApiClient } from './api-client.ts';
import { CONTAINER } from './names.ts';
import { collectionPath, objectPath } from './resource-path.ts';
import type { Inquiry } from './status.ts';

const LINES = 20;
const MAX_BYTES = 8 * 1024;
const DEADLINE_MS = 3000;

interface EventList {
  readonly items: readonly {
    readonly type?: string;
    readonly message?: string;
    readonly lastTimestamp?: string | null;
    readonly eventTime?: string | null;
    readonly metadata: { readonly creationTimestamp?: string };
  }[];
}

/** Asks the API server; a status is worth a short wait, and no failure. */
export function clusterInquiry(api: ApiClient, namespace: string): Inquiry {
  return {
    lastWords: (pod) =>
      orNothing(async (signal) => {
        const path = `${objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, pod)}/log`;
        const query = {
          container: CONTAINER,
          previous: true,
          tailLines: LINES,
          limitBytes: MAX_BYTES,
        };
        let text = '';
        for await (const chunk of await api.stream({ path, query, signal }, DEADLINE_MS)) {
          text += chunk.toString();
        }
        return text.trimEnd();
      }),
    complaint: (kind, name) =>
      orNothing(async (signal) => {
        const path = collectionPath({ apiVersion: 'v1', kind: 'Event', namespace });
        const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
        const { items } = await api.json<EventList>({ path, query: { fieldSelector }, signal });
        return items.toSorted((a, b) => timeOf(a) - timeOf(b)).at(-1)?.message;
      }),
  };
}

function timeOf({ lastTimestamp, eventTime, metadata }: EventList['items'][number]): number {
  return Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') || 0;
}

async function orNothing(
  ask: (signal: AbortSignal) => Promise<string | undefined>,
): Promise<string | undefined> {
  const answer = await ask(AbortSignal.timeout(DEADLINE_MS)).catch(() => undefined);
  return answer === '' ? undefined : answer;
}
