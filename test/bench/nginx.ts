import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { descendants, pause, start } from './processes.ts';
import type { Running } from './processes.ts';

/** How to get the peer of the relay when it is absent. */
export const NGINX_MISSING = 'nginx is not installed (Debian: apt-get install -y nginx-light)';

const FORK_DEADLINE_MS = 5_000;

/** One worker that hashes the session id and keeps its connections to the backend, and a log line for each request, as is its default and ours. */
function configuration(folder: string, port: number, backend: number): string {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 2048; }
http {
  access_log /dev/null combined;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 16m;
  keepalive_timeout 120s;
  keepalive_requests 100000000;
  upstream servers {
    hash $http_mcp_session_id consistent;
    server 127.0.0.1:${backend};
    keepalive 128;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location /mcp {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}

/** An nginx in front of a backend. */
export interface Nginx extends Running {
  /** Master and worker. */
  readonly pids: readonly number[];
}

/** Starts nginx in front of a backend, with everything it writes in a temporary folder. */
export async function startNginx(backend: number, core: number | undefined): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  const file = join(folder, 'nginx.conf');
  const nginx = await start({
    command: (port) => {
      writeFileSync(file, configuration(folder, port, backend));
      return ['nginx', '-e', `${folder}/error.log`, '-p', folder, '-c', file];
    },
    core,
  });
  return {
    ...nginx,
    pids: [nginx.pid, ...(await workers(nginx.pid))],
    stop: async () => {
      await nginx.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The master listens before it has forked its workers. */
async function workers(master: number): Promise<readonly number[]> {
  const deadline = performance.now() + FORK_DEADLINE_MS;
  for (;;) {
    const found = descendants(master);
    if (found.length > 0) return found;
    if (performance.now() > deadline) throw new Error('nginx has no worker');
    await pause(10);
  }
}
