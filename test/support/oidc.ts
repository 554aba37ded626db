import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { CLIENT, TENANT, type TestIssuer } from '@mcp-gateway/platform/entra/testing/issuer';
import { startGateway, type RunningGateway } from './gateway.ts';

type Environment = Readonly<Record<string, string>>;

/** Starts the real program so that it takes tokens of the tenant of `issuer` only. */
export function startEntraGateway(
  issuer: TestIssuer,
  env: Environment = {},
): Promise<RunningGateway> {
  const entra = {
    IDENTITY: 'entra',
    TENANT_ID: TENANT,
    CLIENT_ID: CLIENT,
    AUTHORITY: issuer.origin,
  };
  return startTokenGateway(() => ({ ...entra, ...env }));
}

/** Starts it with the settings for the public origin that it will have. */
export async function startTokenGateway(
  settings: (origin: string) => Environment,
): Promise<RunningGateway> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const own = { HOST: '127.0.0.1', PORT: String(port), PUBLIC_ORIGIN: origin };
  return startGateway({ env: { ...own, ...settings(origin) } });
}

/** The public origin has the port in it, so the port must be known before the start. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listens on a port
  server.close();
  await once(server, 'close');
  return port;
}
