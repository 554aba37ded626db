import { Readable } from 'node:stream';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import type { ApiClient } from './api-client.ts';
import { hasStatus, toGatewayError } from './api-error.ts';
import { followedLog } from './followed-log.ts';
import { CONTAINER } from './names.ts';
import { objectPath } from './resource-path.ts';
import { exists, startingSentence, type WorkloadView } from './workload-view.ts';

const SILENCE_MS = 15_000;

export interface LogSource {
  readonly api: ApiClient;
  readonly namespace: string;
  readonly view: WorkloadView;
}

/** The text that one replica wrote, as a stream; a replica that has not started is told in a sentence. */
export async function workloadLogs(
  { api, namespace, view }: LogSource,
  id: WorkloadId,
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const pod = `${objectName(id)}-${options.instance}`;
  const path = `${objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, pod)}/log`;
  if (!exists(view, pod, options.instance)) {
    throw new GatewayError('not_found', `There is no replica ${pod}.`);
  }
  if (options.follow && !options.previous) {
    return followedLog({ api, path, pod, view, instance: options.instance }, options, signal);
  }
  try {
    const chunks = await api.stream({ path, query: logQuery(options), signal }, SILENCE_MS);
    const ready = view.pod(pod)?.container?.ready === true;
    return text(chunks, ready ? '' : startingSentence(pod, view.pod(pod)), signal);
  } catch (error) {
    if (!hasStatus(error, 400, 404)) throw toGatewayError(error);
    if (options.previous) return sentence(`Replica ${pod} has had no earlier run.\n`);
    return sentence(startingSentence(pod, view.pod(pod)));
  }
}

function logQuery({ tail, sinceSeconds, previous }: LogOptions) {
  return { container: CONTAINER, tailLines: tail, sinceSeconds, previous };
}

/** The text as it comes; `nothing` stands for a text that is empty. */
async function* text(
  chunks: AsyncIterable<Buffer>,
  nothing: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let empty = true;
  try {
    for await (const chunk of chunks) {
      empty = false;
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (empty && nothing !== '') yield nothing;
}

/** A stream, as the port wants it, of one sentence. */
function sentence(words: string): AsyncIterable<string> {
  return Readable.from([words]);
}
