import type { ServerResponse } from 'node:http';
import { sendJson } from './http/answer.ts';

/** What the health endpoints tell. */
export interface Health {
  readonly status: 'ready' | 'starting' | 'draining';
  readonly detail: string;
}

/** Answers a health endpoint; false for other paths. `/healthz` and `/ping` prove no more than that the event loop turns. */
export function answerHealth(
  path: string,
  response: ServerResponse,
  health: () => Health,
): boolean {
  if (path === '/healthz') sendJson(response, 200, '{"status":"alive"}');
  else if (path === '/ping') sendJson(response, 200, '{"status":"pong"}');
  else if (path === '/readyz') {
    const { status, detail } = health();
    sendJson(response, status === 'ready' ? 200 : 503, JSON.stringify({ status, detail }));
  } else return false;
  return true;
}
