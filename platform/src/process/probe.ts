import { get } from 'node:http';
import { connect } from 'node:net';

const MAX_DETAIL_BYTES = 4_096;
const MAX_DETAIL_CHARACTERS = 500;

/** `refuses` says so itself; `silent` may just be busy. */
export type ProbeResult =
  { readonly state: 'ready' } | { readonly state: 'refuses' | 'silent'; readonly detail: string };

/** Asks the server on `port` once whether it is ready: by `path`, or by connecting where there is none. */
export function probe(
  port: number,
  path: string | undefined,
  timeoutMs: number,
): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(timeoutMs);
  return path === undefined ? connects(port, signal) : answers(port, path, signal);
}

function connects(port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    socket.once('connect', () => {
      resolve({ state: 'ready' });
      socket.destroy();
    });
    socket.once('error', (error) => resolve(noAnswer(port, error)));
  });
}

function answers(port: number, path: string, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, signal, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        resolve({ state: 'ready' });
        response.destroy();
        return;
      }
      detailOf(response).then(
        (detail) =>
          resolve({ state: 'refuses', detail: detail ?? `${path} answers with status ${status}` }),
        (error: unknown) => resolve(noAnswer(port, error)),
      );
    });
    request.on('error', (error) => resolve(noAnswer(port, error)));
  });
}

/** The `detail` of a JSON answer, as RFC 9457 has it. */
async function detailOf(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_DETAIL_BYTES) return undefined;
  }
  try {
    const answer: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof answer !== 'object' || answer === null || !('detail' in answer)) return undefined;
    const { detail } = answer;
    return typeof detail === 'string' && detail !== ''
      ? detail.slice(0, MAX_DETAIL_CHARACTERS)
      : undefined;
  } catch {
    return undefined;
  }
}

function noAnswer(port: number, error: unknown): ProbeResult {
  const refused =
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ECONNREFUSED';
  const detail = refused
    ? `nothing listens on its port ${port} (variable PORT) yet`
    : `it does not answer on port ${port}`;
  return { state: 'silent', detail };
}
