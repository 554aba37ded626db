import type { IncomingMessage, ServerResponse } from 'node:http';
import { METHOD_HEADER } from '@mcp-gateway/core/domain/mcp';

/** Calls that are being answered; streams that stay open by nature are none. */
export interface OpenCalls {
  readonly track: (request: IncomingMessage, response: ServerResponse) => void;
  /** Resolves when those that are open now have ended. */
  readonly ended: () => Promise<unknown>;
}

/** None yet. */
export function openCalls(): OpenCalls {
  const calls = new Set<Promise<unknown>>();
  return {
    track: (request, response) => {
      if (request.method !== 'POST') return;
      if (request.headers[METHOD_HEADER] === 'subscriptions/listen') return;
      const call = new Promise((resolve) => response.once('close', resolve));
      calls.add(call);
      void call.then(() => calls.delete(call));
    },
    ended: () => Promise.all(calls),
  };
}
