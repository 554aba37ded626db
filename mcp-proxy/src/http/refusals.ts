import type { Refusal } from './answer.ts';

/** Over the cap; a session may end at any time. */
export const full: Refusal = {
  status: 503,
  message: 'The server has as many sessions as it may have',
  headers: { 'retry-after': '5' },
};

/** The bridge is on its way out. */
export const shuttingDown: Refusal = {
  status: 503,
  message: 'The bridge is shutting down',
  headers: { 'retry-after': '5' },
};

/** Nothing lives there. */
export const notFound: Refusal = { status: 404, message: 'Not found; the endpoint is /mcp' };
