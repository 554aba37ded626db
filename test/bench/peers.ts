import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The peers and servers, at the versions that the targets were set against. */
export const PEER_VERSIONS: Readonly<Record<string, string>> = {
  supergateway: '4.0.0',
  'mcp-proxy': '6.7.19',
  '@modelcontextprotocol/server-everything': '2026.8.31',
  '@azure/mcp': '2.0.5',
};

const FOLDER = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));

/**
 * Installs the peers into .cache/bench unless they are there: they bring a hundred packages with them, which nobody
 * who only starts or tests the gateway should have to install.
 */
export function installPeers(): void {
  const missing = Object.entries(PEER_VERSIONS).filter(
    ([name, version]) => installedVersion(name) !== version,
  );
  if (missing.length === 0) return;
  mkdirSync(FOLDER, { recursive: true });
  const manifest = { private: true, dependencies: PEER_VERSIONS };
  writeFileSync(`${FOLDER}package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`npm could not install the peers into ${FOLDER}`);
}

function installedVersion(name: string): string | undefined {
  const manifest = `${FOLDER}node_modules/${name}/package.json`;
  if (!existsSync(manifest)) return undefined;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }; // npm's own file
  return version;
}

const packaged = (path: string) => `${FOLDER}node_modules/${path}`;

/** Commands of the stdio servers that are bridged. */
export const SERVERS = {
  echo: [process.execPath, fileURLToPath(new URL('./servers/echo-stdio.ts', import.meta.url))],
  everything: [
    process.execPath,
    packaged('@modelcontextprotocol/server-everything/dist/index.js'),
    'stdio',
  ],
  azure: [process.execPath, packaged('@azure/mcp/index.js'), 'server', 'start'],
} as const satisfies Record<string, readonly string[]>;

/** Command of supergateway in its stateful mode, in front of a stdio server. */
export function supergateway(server: readonly string[], port: number): readonly string[] {
  return [
    process.execPath,
    packaged('supergateway/dist/index.js'),
    ...[
      '--stdio',
      server.map((word) => `'${word}'`).join(' '),
      '--outputTransport',
      'streamableHttp',
      '--stateful',
    ],
    ...['--port', String(port)],
  ];
}

/** Command of punkpeye's mcp-proxy in front of a stdio server. */
export function punkpeyeProxy(server: readonly string[], port: number): readonly string[] {
  return [
    process.execPath,
    packaged('mcp-proxy/dist/bin/mcp-proxy.mjs'),
    ...['--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--', ...server],
  ];
}
