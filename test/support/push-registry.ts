import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A registry that engines push to and pull from without TLS (OCI distribution, sections "Pull" and "Push"). */
export interface PushRegistry {
  /** Such as `127.0.0.1:41234`, in front of image names. */
  readonly host: string;
  /** The digest of an image; undefined where there is none of that name. */
  readonly digestOf: (repository: string, tag: string) => string | undefined;
  readonly close: () => Promise<void>;
}

interface Content {
  readonly type: string;
  readonly body: Buffer;
}

type Answer = readonly [status: number, headers?: Record<string, string>, body?: Buffer];

const BLOB = 'application/octet-stream';
const NOT_FOUND: Answer = [404, { 'content-type': 'application/json' }, Buffer.from('{"errors":[{"code":"NAME_UNKNOWN"}]}')]; // prettier-ignore
const PATH = /^\/v2\/(?<name>.+)\/(?<kind>manifests|blobs)\/(?<reference>[^/]+)$/;
const UPLOAD = /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<upload>[^/]*)$/;

/** Starts a registry on a free port of the loopback address, which keeps everything in memory. */
export async function startPushRegistry(): Promise<PushRegistry> {
  const blobs = new Map<string, Content>();
  const manifests = new Map<string, Content>();
  const uploads = new Map<string, Buffer[]>();

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
    if (pathname === '/v2/') return [200];
    const upload = UPLOAD.exec(pathname)?.groups;
    if (upload) return receive(request, upload, searchParams);
    const { name = '', kind = '', reference = '' } = PATH.exec(pathname)?.groups ?? {};
    const isWrite = request.method === 'PUT';
    return isWrite ? keep(request, name, reference) : give(name, kind, reference);
  }

  function give(name: string, kind: string, reference: string): Answer {
    const found = kind === 'blobs' ? blobs.get(reference) : manifests.get(`${name}@${reference}`);
    if (found === undefined) return NOT_FOUND;
    const headers = { 'content-type': found.type, 'docker-content-digest': digest(found.body) };
    return [200, headers, found.body];
  }

  async function receive(
    request: IncomingMessage,
    { name = '', upload = '' }: Readonly<Record<string, string>>,
    asked: URLSearchParams,
  ): Promise<Answer> {
    const wanted = asked.get('digest') ?? asked.get('mount') ?? '';
    if (request.method === 'POST' && blobs.has(wanted)) return created(name, 'blobs', wanted);
    const id = upload === '' ? randomUUID() : upload;
    const parts = [...(uploads.get(id) ?? []), await buffer(request)];
    if (request.method !== 'PUT') {
      uploads.set(id, parts);
      const size = parts.reduce((sum, { length }) => sum + length, 0);
      return [202, { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(size - 1, 0)}` }]; // prettier-ignore
    }
    uploads.delete(id);
    const body = Buffer.concat(parts);
    if (digest(body) !== wanted) return [400];
    blobs.set(wanted, { type: BLOB, body });
    return created(name, 'blobs', wanted);
  }

  async function keep(request: IncomingMessage, name: string, reference: string): Promise<Answer> {
    const body = await buffer(request);
    const content = { type: request.headers['content-type'] ?? '', body };
    for (const each of [reference, digest(body)]) manifests.set(`${name}@${each}`, content);
    return created(name, 'manifests', digest(body));
  }

  const server = createServer((request, response) => {
    void answer(request).then((given) => send(request, response, given));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, // TCP, so not a string
    digestOf: (repository, tag) => {
      const found = manifests.get(`${repository}@${tag}`);
      return found && digest(found.body);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const [status, headers = {}, body = Buffer.alloc(0)] = answer;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function created(name: string, kind: string, reference: string): Answer {
  return [
    201,
    { location: `/v2/${name}/${kind}/${reference}`, 'docker-content-digest': reference },
  ];
}

function digest(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
