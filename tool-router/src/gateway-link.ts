import { Agent, type Dispatcher } from 'undici';
import { GATEWAY_SECRET_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Caller } from './caller.ts';

/** The way back to the gateway, through which alone the router reaches anything. */
export interface GatewayLink {
  readonly dispatcher: Dispatcher;
  readonly toolUrl: (name: string) => URL;
  readonly adapterUrl: (name: string) => URL;
  /** What says on whose behalf a request is made, and that it is the router who makes it. */
  readonly headersFor: (caller: Caller) => Record<string, string>;
  readonly close: () => Promise<void>;
}

const CONNECTIONS = 512;
const CONNECT_MS = 5_000;

/** A link to the internal listener of the gateway at `url`. How long answers may take is up to each request. */
export function gatewayLink(url: string, secret: string): GatewayLink {
  const base = url.replace(/\/+$/, '');
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS },
  });
  return {
    dispatcher,
    toolUrl: (name) => new URL(`${base}/tools/${encodeURIComponent(name)}/call`),
    adapterUrl: (name) => new URL(`${base}/adapters/${encodeURIComponent(name)}/mcp`),
    headersFor: ({ headers }) => ({ ...headers, [GATEWAY_SECRET_HEADER]: secret }),
    close: () => dispatcher.destroy(),
  };
}
