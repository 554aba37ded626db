import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CLIENT, TENANT } from '@mcp-gateway/platform/entra/testing/issuer';
import Provider from 'oidc-provider';
import { CLIENT_ID, REDIRECT_URL, signingKey } from './oidc-provider.ts';

/** An application that signs in as itself. */
export const ROBOT = { clientId: 'robot', clientSecret: randomUUID() };
/** The scopes of the gateway's application, as clients must write them. */
export const SCOPE = `api://${CLIENT}/mcp.access`;
export const OTHER_SCOPE = `api://${CLIENT}/mcp.other`;

/** What the next tokens are like. */
export interface Shape {
  readonly version: 1 | 2;
  /** Claims besides those that every token has; `undefined` removes one. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly refresh: boolean;
}

/** A provider that others have written, at the addresses and with the tokens of Entra ID. */
export interface EntraProvider {
  /** What AUTHORITY is. */
  readonly origin: string;
  /** Changes what the tokens are like that it issues from now on. */
  readonly shape: (next: Partial<Shape>) => void;
  readonly stop: () => Promise<void>;
}

const BASE = `/${TENANT}/v2.0`;

/** Starts one on a free port; everybody is `ann`, and agrees to everything. */
export async function startEntraProvider(): Promise<EntraProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listens on a port
  let shape: Shape = { version: 2, claims: {}, refresh: false };
  const provider = providerAt(`${origin}${BASE}`, () => shape);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const { url = '' } = request;
    const path = url === `/${TENANT}/discovery/v2.0/keys` ? `${BASE}/jwks` : url;
    if (!path.startsWith(`${BASE}/`)) return void response.writeHead(404).end();
    // As frameworks do it that have the provider below a path of theirs.
    Object.assign(request, { originalUrl: path, url: path.slice(BASE.length) });
    if (request.url?.startsWith('/interaction/')) void signIn(provider, request, response);
    else void answer(request, response);
  });
  return {
    origin,
    shape: (next) => (shape = { ...shape, ...next }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function providerAt(issuer: string, shape: () => Shape): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: 'native',
        redirect_uris: [REDIRECT_URL],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      },
      {
        client_id: ROBOT.clientId,
        client_secret: ROBOT.clientSecret,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [signingKey()] },
    ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600, IdToken: 600, Interaction: 600, RefreshToken: 600, Session: 600 }, // prettier-ignore
    cookies: { keys: [randomUUID()] },
    interactions: { url: (_, { uid }) => `${BASE}/interaction/${uid}` },
    issueRefreshToken: () => shape().refresh,
    formats: {
      customizers: {
        jwt: (_, token, jwt) => {
          jwt.payload = claimsOf(jwt.payload, token.kind === 'ClientCredentials', shape());
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: `${SCOPE} ${OTHER_SCOPE}`,
          audience: CLIENT,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  });
}

/** The claims as Entra ID names them. */
function claimsOf(standard: Record<string, unknown>, isApp: boolean, { version, claims }: Shape) {
  const { iss, iat, exp, jti, client_id: client, scope } = standard;
  const names = typeof scope === 'string' ? scope.replaceAll(`api://${CLIENT}/`, '') : '';
  const bearer = isApp
    ? { oid: 'robot-oid', sub: 'robot-oid', idtyp: 'app' }
    : { oid: 'ann-oid', sub: 'ann-pairwise', name: 'Ann', scp: names };
  const ofVersion =
    version === 2
      ? { iss, aud: CLIENT, azp: client, ver: '2.0' }
      : { iss: `https://sts.windows.net/${TENANT}/`, aud: `api://${CLIENT}`, appid: client, ver: '1.0' }; // prettier-ignore
  return { iat, nbf: iat, exp, uti: jti, tid: TENANT, ...bearer, ...ofVersion, ...claims };
}

async function signIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'ann', clientId: CLIENT_ID });
  grant.addResourceScope(String(params.resource), String(params.scope));
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(request, response, { login: { accountId: 'ann' }, consent });
}
