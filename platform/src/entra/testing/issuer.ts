import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose'; // prettier-ignore

/** The tenant and application of all tokens here. */
export const TENANT = '5f0c2a52-94a1-4b1f-8d2e-0000000000aa';
export const CLIENT = '5f0c2a52-94a1-4b1f-8d2e-0000000000bb';

/** Claims of a token; `undefined` leaves one out. */
export type Claims = Readonly<Record<string, unknown>>;

type KeyPair = Awaited<ReturnType<typeof newKey>>;

/** An issuer on a real socket that signs tokens as Entra ID and as other issuers do. */
export interface TestIssuer {
  /** What AUTHORITY is for Entra ID, and OIDC_ISSUER else. */
  readonly origin: string;
  /** The key that signs now. */
  readonly key: () => KeyPair;
  /** What clients sent for the tokens that they got at the token endpoint. */
  readonly grants: URLSearchParams[];
  /** Requests for keys so far. */
  readonly asked: () => number;
  /** Signs with a new key from now on; the old one stays published if `keep`. */
  readonly rotate: (keep?: boolean) => Promise<void>;
  /** Answers in another way from now on. */
  readonly behave: (how: 'well' | 'error' | 'hang' | 'nonsense' | 'endless' | 'elsewhere') => void;
  /** Members that the published keys have besides their own. */
  readonly publish: (extra: JWK & { readonly issuer?: string }) => void;
  readonly sign: (
    claims: Claims,
    header?: Partial<JWTHeaderParameters>,
    key?: CryptoKey | Uint8Array,
  ) => Promise<string>;
  /** Claims of a user's token of version 2; those given win, and `undefined` removes. */
  readonly user: (claims?: Claims) => Claims;
  /** The same of version 1. */
  readonly userV1: (claims?: Claims) => Claims;
  /** Claims of a token that an application got for itself. */
  readonly app: (claims?: Claims) => Claims;
  readonly stop: () => Promise<void>;
}

/** Starts one on a free port. */
export async function testIssuer(): Promise<TestIssuer> {
  let key = await newKey();
  let published: JWK[] = [key.jwk];
  let extra: JWK = {};
  let how: Parameters<TestIssuer['behave']>[0] = 'well';
  let asked = 0;
  const grants: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path.endsWith('/keys')) asked++;
    if (how === 'hang') return;
    if (how === 'error') response.writeHead(500).end('{}');
    else if (how === 'nonsense') response.end('<html>');
    else if (how === 'elsewhere') response.writeHead(302, { location: `${origin}/keys` }).end();
    else if (how === 'endless')
      response.end(JSON.stringify({ keys: published, x: 'x'.repeat(2_000_000) })); // prettier-ignore
    else if (path.endsWith('/keys'))
      response.end(JSON.stringify({ keys: published.map((one) => ({ ...one, ...extra })) })); // prettier-ignore
    else if (path.endsWith('/v2.0/.well-known/openid-configuration'))
      response.end(JSON.stringify(metadata(origin))); // prettier-ignore
    else if (path === '/token')
      void grant(request).then((token) => response.setHeader('content-type', 'application/json').end(token)); // prettier-ignore
    else if (path === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys` })); // prettier-ignore
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listens on a port
  const ofUser = {
    tid: TENANT,
    oid: 'ann-oid',
    sub: 'ann-pairwise',
    name: 'Ann',
    scp: 'mcp.access',
  };
  const v2 = { iss: `${origin}/${TENANT}/v2.0`, aud: CLIENT, ver: '2.0' };
  const issuer: TestIssuer = {
    origin,
    grants,
    key: () => key,
    asked: () => asked,
    rotate: async (keep = false) => {
      key = await newKey();
      published = keep ? [...published, key.jwk] : [key.jwk];
    },
    behave: (next) => (how = next),
    publish: (next) => (extra = next),
    sign: (claims, header = {}, signer = key.privateKey) =>
      new SignJWT({ ...times(), ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.jwk.kid, ...header })
        .sign(signer),
    user: (claims) => ({ ...v2, ...ofUser, azp: 'vscode', ...claims }),
    userV1: (claims) => ({
      ...ofUser,
      iss: `https://sts.windows.net/${TENANT}/`,
      aud: `api://${CLIENT}`,
      ver: '1.0',
      appid: 'vscode',
      ...claims,
    }),
    app: (claims) => ({ ...v2, tid: TENANT, oid: 'robot', sub: 'robot', azp: 'robot-client', roles: ['mcp.caller'], ...claims }), // prettier-ignore
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  /** Gives every application its token (RFC 6749 section 4.4). */
  async function grant(request: IncomingMessage): Promise<string> {
    grants.push(new URLSearchParams(await text(request)));
    const token = await issuer.sign(issuer.app());
    return JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
  }
  return issuer;
}

/** As Entra ID describes itself, without PKCE methods but those that clients insist on. */
function metadata(origin: string): object {
  return {
    issuer: `${origin}/${TENANT}/v2.0`,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/${TENANT}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  };
}

/** A key pair as issuers have them. */
export async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = crypto.randomUUID();
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

function times(): JWTPayload {
  const seconds = Math.floor(Date.now() / 1000);
  return { iat: seconds - 5, nbf: seconds - 5, exp: seconds + 3600 };
}
