import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key that encrypts what it is given and never leaves, in the part of Key Vault. */
export interface LocalKeys {
  /** By which Pulumi finds it as `hashivault://<name>`; this way of asking is one that can be served on this machine. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function localKeys(): Promise<LocalKeys> {
  const key = randomBytes(32);
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const data = (request.url ?? '').includes('/encrypt/')
        ? { ciphertext: encrypted(key, String(body.plaintext)) }
        : { plaintext: decrypted(key, String(body.ciphertext)) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const environment = { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: 'any' };
  return { environment, close };
}

async function readJson(stream: AsyncIterable<unknown>): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}

function encrypted(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return `vault:v1:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
}

function decrypted(key: Buffer, ciphertext: string): string {
  const bytes = Buffer.from(ciphertext.replace('vault:v1:', ''), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString();
}
