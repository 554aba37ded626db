import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNK = 256 * 1024;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry from which an engine pulls (the read half of OCI distribution, section "Pull"). */
export interface ImageRegistry {
  /** Such as `127.0.0.1:41234`, in front of image names. */
  readonly host: string;
  /** Pause between two pieces of a layer. */
  pauseMs: number;
  /** Offers an image of one layer with one file of this many random bytes; nothing in it can be run. */
  readonly offer: (name: string, tag: string, bytes: number) => void;
  readonly close: () => Promise<void>;
}

/** Starts a registry on a free port of the loopback address, which engines reach without TLS. */
export async function startImageRegistry(): Promise<ImageRegistry> {
  const content = new Map<string, { type: string; body: Buffer }>();
  const registry = { pauseMs: 0 };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const found = path === '/v2/' ? { type: 'application/json', body: Buffer.from('{}') } : content.get(path); // prettier-ignore
    if (!found) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.body.length,
      'docker-content-digest': digest(found.body),
    });
    if (request.method === 'HEAD') response.end();
    else void trickle(response, found.body, registry);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(registry, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, // TCP, so not a string
    offer: (name: string, tag: string, bytes: number) => {
      const put = (kind: string, type: string, body: Buffer, reference = digest(body)) => {
        content.set(`/v2/${name}/${kind}/${reference}`, { type, body });
        return { mediaType: type, size: body.length, digest: digest(body) };
      };
      const layer = tar('payload', randomBytes(bytes));
      const layers = [put('blobs', 'application/vnd.docker.image.rootfs.diff.tar', layer)];
      const image = {
        architecture: 'amd64',
        os: 'linux',
        config: { Cmd: ['/payload'] },
        rootfs: { type: 'layers', diff_ids: [digest(layer)] },
      };
      const config = put('blobs', 'application/vnd.docker.container.image.v1+json', Buffer.from(JSON.stringify(image))); // prettier-ignore
      const manifest = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers }),
      );
      put('manifests', MANIFEST, manifest);
      put('manifests', MANIFEST, manifest, tag);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

async function trickle(response: ServerResponse, body: Buffer, pace: { pauseMs: number }) {
  for (let at = 0; at < body.length && !response.destroyed; at += CHUNK) {
    response.write(body.subarray(at, at + CHUNK));
    if (pace.pauseMs > 0) await sleep(pace.pauseMs);
  }
  response.end();
}

function digest(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** An archive of one file that belongs to root (POSIX.1-1988 ustar). */
function tar(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
