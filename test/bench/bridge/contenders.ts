import { fileURLToPath } from 'node:url';
import { punkpeyeProxy, supergateway } from '../peers.ts';
import type { Launch } from '../processes.ts';

/** Our own bridge among the subjects. */
export const OURS = 'bridge';

/** Those who turn a stdio server into an HTTP one. */
export const BRIDGES = [OURS, 'supergateway', 'mcp-proxy'] as const;
export type Bridge = (typeof BRIDGES)[number];

/** Path of the one file that the image of a service carries. */
export const bundleOf = (service: string) =>
  fileURLToPath(new URL(`../../../dist/${service}.mjs`, import.meta.url));

/** How a bridge is started in front of a stdio server. */
export function bridging(bridge: Bridge, server: readonly string[]): Launch {
  switch (bridge) {
    case 'bridge':
      return ours({ MCP_COMMAND: server[0] ?? '', MCP_ARGS: shellWords(server.slice(1)) });
    case 'supergateway':
      return { command: (port) => supergateway(server, port) };
    case 'mcp-proxy':
      return { command: (port) => punkpeyeProxy(server, port) };
  }
}

/** How our bridge is started in front of a remote server. */
export function bridgingUrl(url: string): Launch {
  return ours({ MCP_PROXY_URL: url });
}

function ours(settings: Readonly<Record<string, string>>): Launch {
  return {
    command: () => [process.execPath, bundleOf('mcp-proxy')],
    environment: (port) => ({
      ...settings,
      HOST: '127.0.0.1',
      PORT: String(port),
      MCP_MAX_SESSIONS: '1000', // the default protects small pods; the peers have no limit
    }),
  };
}

function shellWords(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}
