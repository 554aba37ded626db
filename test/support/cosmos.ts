import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { CosmosClient } from '@azure/cosmos';
import { createHttpsServer } from '@vercel/cosmosdb-server';
import { generate } from 'selfsigned';

const DATABASE = 'McpGatewayDb';
/** Any base64 does: the server checks no signature. */
const KEY = Buffer.from('key of a local server').toString('base64');

/** A running server that speaks Cosmos DB's protocol over TLS and keeps everything in memory. */
export interface CosmosServer {
  readonly endpoint: string;
  readonly database: string;
  readonly key: string;
  /** Trusts this server's certificate, and no other. */
  readonly agent: Agent;
  readonly certificate: Certificate;
  /** Makes containers as the Pulumi program does. */
  readonly provide: (containers: readonly string[], partitionKey?: string) => Promise<void>;
  /** Writes a document as it is, past any store. */
  readonly put: (container: string, document: { readonly id: string }) => Promise<void>;
  /** A document as it is, past any store. */
  readonly read: (container: string, id: string) => Promise<Record<string, unknown> | undefined>;
  readonly close: () => Promise<void>;
}

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate of one's own for the loopback address. */
async function loopbackCertificate(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { key, cert };
}

/** Starts a Cosmos server on a free port with the containers given. */
export async function startCosmosServer(containers: readonly string[]): Promise<CosmosServer> {
  const certificate = await loopbackCertificate();
  const server = createHttpsServer({ ...certificate, keepAlive: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`; // TCP, so not a string
  const agent = new Agent({ ca: certificate.cert, keepAlive: true });

  const client = new CosmosClient({
    endpoint,
    key: KEY,
    agent,
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  const { database } = await client.databases.createIfNotExists({ id: DATABASE });
  const provide: CosmosServer['provide'] = async (names, partitionKey = '/id') => {
    for (const id of names) await database.containers.create({ id, partitionKey });
  };
  await provide(containers);

  return {
    endpoint,
    database: DATABASE,
    key: KEY,
    agent,
    certificate,
    provide,
    put: async (container, document) => {
      await database.container(container).items.upsert(document);
    },
    read: async (container, id) => {
      const { resource } = await database.container(container).item(id, id).read<Record<string, unknown>>(); // prettier-ignore
      return resource;
    },
    close: async () => {
      client.dispose();
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
