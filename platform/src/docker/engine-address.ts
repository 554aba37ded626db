import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';

/** A socket in the file system, or a port of this machine. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly protocol: 'http'; readonly host: string; readonly port: number };

/** False where asking for an engine is not worth loading its client: none was named, and none is at the usual place. */
export function mayHaveEngine(dockerHost: string | undefined): boolean {
  if (dockerHost !== undefined || process.platform === 'win32') return true;
  const address = engineAddress();
  return 'socketPath' in address && existsSync(address.socketPath);
}

/** Where the engine listens; throws `SettingsError` for one that is not on this machine, whose containers could not be reached. */
export function engineAddress(dockerHost = defaultHost()): EngineAddress {
  const { protocol, hostname, port, pathname } = urlOf(dockerHost);
  if (protocol === 'unix:') return { socketPath: decodeURIComponent(pathname) };
  if (protocol === 'npipe:') return { socketPath: dockerHost.slice('npipe://'.length) };
  if (protocol === 'tcp:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    return { protocol: 'http', host: hostname, port: Number(port) };
  }
  throw new SettingsError(
    'DOCKER_HOST: must be an engine on this machine, such as unix:///var/run/docker.sock',
  );
}

function urlOf(dockerHost: string): URL {
  const url = URL.parse(dockerHost);
  if (url) return url;
  throw new SettingsError('DOCKER_HOST: must be a URL such as unix:///var/run/docker.sock');
}

function defaultHost(): string {
  if (process.platform === 'win32') return 'npipe:////./pipe/docker_engine';
  const own = join(homedir(), '.docker', 'run', 'docker.sock');
  return `unix://${existsSync(own) ? own : '/var/run/docker.sock'}`;
}
