import { connect } from 'node:net';

/** `refuses` says so itself; `silent` may just be busy. */
export type ProbeResult =
  { readonly state: 'ready' } | { readonly state: 'refuses' | 'silent'; readonly detail: string };

/**
 * Asks once whether the server behind a published port is ready. The engine accepts connections also while nobody
 * listens inside, and cuts them; so only a byte of an answer counts, or, without a `path`, a connection that stays.
 */
export function probe(
  port: number,
  path: string | undefined,
  timeoutMs: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (result: ProbeResult): void => {
      resolve(result);
      socket.destroy();
    };
    const nobody = { state: 'refuses', detail: 'nothing listens on its port (variable PORT) yet' } as const; // prettier-ignore
    socket.setTimeout(timeoutMs, () =>
      end(path === undefined ? { state: 'ready' } : { state: 'silent', detail: `${path} does not answer` }),
    ); // prettier-ignore
    socket.once('connect', () => {
      const method = path === undefined ? 'HEAD' : 'GET';
      socket.write(
        `${method} ${path ?? '/'} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.once('data', (answer: Buffer) => end(judge(answer, path)));
    socket.once('end', () => end(nobody));
    socket.once('error', () => end(nobody));
  });
}

function judge(answer: Buffer, path: string | undefined): ProbeResult {
  if (path === undefined) return { state: 'ready' };
  const status = /^HTTP\/1\.\d (\d{3})/.exec(answer.toString('latin1', 0, 64))?.[1];
  if (status?.startsWith('2')) return { state: 'ready' };
  return { state: 'refuses', detail: `${path} answers with status ${status ?? 'unknown'}` };
}
