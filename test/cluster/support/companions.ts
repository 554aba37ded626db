import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { build } from 'esbuild';
import { Agent } from 'node:https';
import { generate } from 'selfsigned';
import { request as send, Agent as Dispatcher } from 'undici';
import { COSMOS_CONTAINERS } from '@mcp-gateway/core/domain/settings/cosmos-settings';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { CONTAINER_SECURITY, POD_SECURITY } from '@mcp-gateway/platform/kubernetes/pod-security';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { buildImage, dockerHere } from '../../support/docker.ts';
import { putObjects, type Cluster } from './cluster.ts';
import { copyIntoCluster } from './images.ts';

const COSMOS_PORT = 8081;
/** Where Azure has it, which the Pulumi program relies on. */
const AZURE_PORT = 443;
const ISSUER_PORT = 8443;
export const AUDIENCE = 'api://gateway-under-test';
const FOLDER = '/certificate';

/** The callers that the issuer knows, with their roles. */
const CALLERS = {
  ann: ['team'],
  ben: ['team'],
  eve: [],
  engineer: ['mcp.engineer'],
  reader: ['mcp.reader'],
  root: ['mcp.admin'],
} as const;
export type Caller = keyof typeof CALLERS;

/** What a gateway in the cloud finds around it: a Cosmos DB and an issuer of tokens, both with TLS, in pods. */
export interface Companions {
  readonly cosmos: {
    readonly endpoint: string;
    readonly database: string;
    readonly key: string;
    /** Where a connection to it ends. */
    readonly address: string;
    readonly port: number;
  };
  readonly issuer: string;
  /** Where the issuer is. */
  readonly authority: string;
  /** In PEM. */
  readonly certificate: string;
  /** For the application under test, unless another is named. */
  readonly tokenOf: (caller: Caller, resource?: string) => Promise<string>;
  /** Takes Cosmos away and brings it back; its memory stays. */
  readonly cosmosDo: (action: 'stop' | 'start' | 'hang' | 'resume') => Promise<void>;
  readonly close: () => Promise<void>;
}

const tagOf = (name: string): string => `mcp-gateway-test/${name}:1.0`;

/** Builds the images of both. */
export async function loadCompanions(): Promise<void> {
  const docker = await dockerHere();
  if (docker === undefined) throw new Error('a Docker engine is needed');
  const folder = await mkdtemp(join(tmpdir(), 'companions-'));
  try {
    for (const name of ['cosmos', 'issuer']) {
      const file = join(folder, `${name}.mjs`);
      await bundle(name, file);
      await buildImage(docker, tagOf(name), ['node', `${name}.mjs`], [file]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  await copyIntoCluster(['cosmos', 'issuer'].map(tagOf));
}

async function bundle(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, `../fixtures/main-${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

/** Runs both in a namespace, the issuer as a tenant of Entra ID where that is named; resolves when they answer. */
export async function startCompanions(
  cluster: Cluster,
  namespace: string,
  tenant?: string,
): Promise<Companions> {
  const secret = randomBytes(24).toString('hex');
  const host = (name: string): string => `${name}.${namespace}.svc`;
  const { private: tlsKey, cert } = await certificateFor(['cosmos', 'issuer'].map(host));
  const cosmosPort = tenant === undefined ? COSMOS_PORT : AZURE_PORT;
  const authority = `https://${host('issuer')}:${ISSUER_PORT}`;
  const base = tenant === undefined ? '' : `/${tenant}/v2.0`;
  const issuer = `${authority}${base}`;
  const environment = {
    ISSUER: issuer,
    AUDIENCE,
    CLIENT_SECRET: secret,
    CALLERS: JSON.stringify(CALLERS),
    ...(tenant !== undefined && { TENANT: tenant }),
  };
  await putObjects(cluster, [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'certificate', namespace }, stringData: { 'tls.key': tlsKey, 'tls.crt': cert } } as never, // prettier-ignore
    pod(namespace, 'cosmos', { PORT: String(cosmosPort) }),
    service(namespace, 'cosmos', cosmosPort),
    pod(namespace, 'issuer', environment),
    service(namespace, 'issuer', ISSUER_PORT),
  ]);
  const [cosmosIp, issuerIp] = await Promise.all([addressOf(cluster, namespace, 'cosmos'), addressOf(cluster, namespace, 'issuer')]); // prettier-ignore
  // This machine resolves no names of the cluster; the certificate is checked for them all the same.
  const dispatcher = new Dispatcher({ connect: { ca: cert, servername: host('issuer') } });
  const cosmos = { endpoint: `https://${host('cosmos')}:${cosmosPort}`, database: 'McpGatewayDb', key: Buffer.from(secret).toString('base64'), address: cosmosIp, port: cosmosPort }; // prettier-ignore
  const servername = host('cosmos');
  await eventually(60_000, () => provide({ ...cosmos, endpoint: `https://${cosmosIp}:${cosmosPort}` }, new Agent({ ca: cert, servername }))); // prettier-ignore
  const tokens = new Map<string, Promise<string>>();

  async function fetchToken(caller: Caller, resource = AUDIENCE): Promise<string> {
    const { statusCode, body } = await send(`https://${issuerIp}:${ISSUER_PORT}${base}/token`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: caller, client_secret: secret, resource }).toString(), // prettier-ignore
    });
    const answer = (await body.json()) as { access_token?: string }; // RFC 6749 section 5.1
    if (answer.access_token === undefined) throw new Error(`no token: ${statusCode} ${JSON.stringify(answer)}`); // prettier-ignore
    return answer.access_token;
  }

  await eventually(60_000, () => fetchToken('ann'));
  return {
    cosmos,
    issuer,
    authority,
    certificate: cert,
    tokenOf: (caller, resource) => {
      const key = `${caller} ${resource}`;
      const token = tokens.get(key) ?? fetchToken(caller, resource);
      tokens.set(key, token);
      return token;
    },
    cosmosDo: async (action) => {
      const { ok } = await fetch(`http://${cosmosIp}:8000/${action}`);
      if (!ok) throw new Error(`Cosmos does not ${action}`);
    },
    close: () => dispatcher.close(),
  };
}

function certificateFor(names: readonly string[]) {
  return generate([{ name: 'commonName', value: 'companions' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  });
}

function pod(
  namespace: string,
  name: string,
  environment: Readonly<Record<string, string>>,
): Manifest<V1Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { companion: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        ...POD_SECURITY,
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          name,
          image: tagOf(name),
          imagePullPolicy: 'IfNotPresent',
          env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [{ name: 'certificate', mountPath: FOLDER, readOnly: true }],
        },
      ],
      volumes: [{ name: 'certificate', secret: { secretName: 'certificate' } }],
    },
  };
}

function service(namespace: string, name: string, port: number): Manifest<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { companion: name }, ports: [{ port, targetPort: port, protocol: 'TCP' }] },
  };
}

async function addressOf(cluster: Cluster, namespace: string, name: string): Promise<string> {
  return eventually(60_000, async () => {
    const path = objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, name);
    const { status } = await cluster.api.json<Manifest<V1Pod>>({ path });
    if (status?.phase !== 'Running' || !status.podIP) throw new Error(`${name} is not running`);
    return status.podIP;
  });
}

/** Makes database and containers as the Pulumi program does. */
async function provide(
  { endpoint, database, key }: Companions['cosmos'],
  agent: Agent,
): Promise<void> {
  const connectionPolicy = { enableEndpointDiscovery: false };
  const client = new CosmosClient({ endpoint, key, agent, connectionPolicy });
  try {
    const made = await client.databases.createIfNotExists({ id: database });
    for (const id of Object.values(COSMOS_CONTAINERS)) {
      await made.database.containers.createIfNotExists({ id, partitionKey: '/id' });
    }
  } finally {
    client.dispose();
    agent.destroy();
  }
}
