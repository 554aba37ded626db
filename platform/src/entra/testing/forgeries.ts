import { createSecretKey } from 'node:crypto';
import { exportSPKI, UnsecuredJWT, type CryptoKey } from 'jose';
import { CLIENT, newKey, TENANT, type Claims, type TestIssuer } from './issuer.ts';

const HOUR = 3600;

/** Titles to `Authorization` headers with which nobody may get in: forged, stale, strange or broken tokens. */
export async function forgeries(issuer: TestIssuer): Promise<Readonly<Record<string, string>>> {
  const tokens = {
    ...(await withoutKey(issuer)),
    ...(await withStrangersKey(issuer)),
    ...(await signedButWrong(issuer)),
    ...(await signedButOdd(issuer)),
  };
  const good = await issuer.sign(issuer.user());
  return {
    ...Object.fromEntries(Object.entries(tokens).map(([title, token]) => [title, `Bearer ${token}`])), // prettier-ignore
    'another scheme': 'Basic YW5uOnNlY3JldA==',
    'a scheme that only looks like ours': `Bearers ${good}`,
    'a token without a scheme': good,
    'a scheme without a token': 'Bearer ',
    'two tokens': `Bearer ${good}, Bearer ${good}`,
    'two tokens side by side': `Bearer ${good} ${good}`,
  };
}

/** What can be made of a good token, or of nothing, by whoever has no key at all. */
async function withoutKey(issuer: TestIssuer): Promise<Record<string, string>> {
  const [head = '', body = '', signature = ''] = (await issuer.sign(issuer.user())).split('.');
  const { kid } = issuer.key().jwk;
  const unsecured = new UnsecuredJWT(issuer.user()).setExpirationTime('1h').encode();
  const none = (alg: string): string => `${encoded({ alg, kid, typ: 'JWT' })}.${body}`;
  const under = (header: object): string => `${encoded(header)}.${body}.${signature}`;
  return {
    'no JWT': 'opaque-token',
    'two parts': `${head}.${body}`,
    'four parts': `${head}.${body}.${signature}.`,
    'five parts': `${head}.${body}.${signature}.x.y`,
    'dots alone': '..',
    'no header': `.${body}.${signature}`,
    'no claims': `${head}..${signature}`,
    'no signature': `${head}.${body}.`,
    'parts that are no base64': `${head}.%%%.${signature}`,
    'base64 of the other alphabet': `${head}.${body}.+/+/`,
    'base64 that has no end': `${head}.${body}.A`,
    'parts that are no JSON': 'AAAA.AAAA.AAAA',
    'parts that are no text': `_____w.${body}.${signature}`,
    'a header that is null': `bnVsbA.bnVsbA.AAAA`,
    'a header that is a list': `${encoded([{ alg: 'RS256' }])}.${body}.${signature}`,
    '16 kB': `${head}.${'A'.repeat(16_384)}.${signature}`,
    'a header without an end': `${Buffer.from('{"alg":'.repeat(1_000)).toString('base64url')}.${body}.${signature}`, // prettier-ignore
    'alg none': unsecured,
    'alg none with a signature': `${unsecured}${signature}`,
    'alg None': `${none('None')}.${signature}`,
    'alg nOnE': `${none('nOnE')}.`,
    'no alg': under({ kid, typ: 'JWT' }),
    'an alg that is a list': under({ alg: ['RS256'], kid }),
    'a changed signature': `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`,
    'other claims under a good signature': `${head}.${encoded(issuer.user({ oid: 'eve' }))}.${signature}`, // prettier-ignore
    'claims twice under a good signature': `${head}.${Buffer.from(twice(issuer, 'aud')).toString('base64url')}.${signature}`, // prettier-ignore
    'the right key with another algorithm': under({ alg: 'PS256', kid }),
    'a kid that is a list': under({ alg: 'RS256', kid: [kid] }),
    'a kid that is of all objects': under({ alg: 'RS256', kid: '__proto__' }),
    'a critical header that nobody knows': under({ alg: 'RS256', kid, crit: ['x'], x: 1 }),
    'a critical header that is no list': under({ alg: 'RS256', kid, crit: 'exp' }),
    'an encrypted token': `${encoded({ alg: 'RSA-OAEP', enc: 'A256GCM', kid })}.AA.AA.AA.AA`,
  };
}

/** What somebody can sign who has a key of their own, or ours that is public. */
async function withStrangersKey(issuer: TestIssuer): Promise<Record<string, string>> {
  const stranger = await newKey();
  const spki = await exportSPKI(issuer.key().publicKey);
  const secret = (text: string) => new Uint8Array(createSecretKey(Buffer.from(text)).export());
  const byStranger = (header: object): Promise<string> =>
    issuer.sign(issuer.user(), header, stranger.privateKey);
  const url = `${issuer.origin}/keys`;
  return {
    'the public key as a shared secret': await issuer.sign(issuer.user(), { alg: 'HS256' }, secret(spki)), // prettier-ignore
    'the public key as a shared secret, without its last line break': await issuer.sign(issuer.user(), { alg: 'HS256' }, secret(spki.trim())), // prettier-ignore
    'the modulus as a shared secret': await issuer.sign(issuer.user(), { alg: 'HS512' }, secret(String(issuer.key().jwk.n))), // prettier-ignore
    'a key of a stranger under our kid': await byStranger({}),
    'a key of a stranger under its own kid': await byStranger({ kid: 'strange' }),
    'a key of a stranger without a kid': await byStranger({ kid: undefined }),
    'a key that came along': await byStranger({ jwk: stranger.jwk }),
    'a certificate that came along': await byStranger({ x5c: ['MIIB'], x5t: 'AAAA' }),
    'a key from a URL of theirs': await byStranger({ kid: 'x', jku: url }),
    'a certificate from a URL of theirs': await byStranger({ kid: 'x', x5u: url }),
    'a kid that is a path': await byStranger({ kid: '../../../../dev/null' }),
    'a kid that is a URL': await byStranger({ kid: url }),
    'a kid that is a query': await byStranger({ kid: "' OR '1'='1" }),
    'a kid that is a command': await byStranger({ kid: 'x; cat /etc/passwd |' }),
    'an endless kid': await byStranger({ kid: 'x'.repeat(8_000) }),
    'an empty kid': await byStranger({ kid: '' }),
    'a token in a token': await sign(stranger.privateKey, JSON.stringify({ alg: 'RS256', cty: 'JWT', kid: 'x' }), await issuer.sign(issuer.user())), // prettier-ignore
  };
}

/** What the issuer signs itself, but not for this gateway, or not for now. */
async function signedButWrong(issuer: TestIssuer): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000);
  const user = (claims: Claims): Promise<string> => issuer.sign(issuer.user(claims));
  return {
    'another tenant': await user({ tid: CLIENT }),
    'no tenant': await user({ tid: undefined }),
    'a tenant that is a list': await user({ tid: [TENANT] }),
    'an issuer of another tenant': await user({ iss: `${issuer.origin}/${CLIENT}/v2.0` }),
    'an issuer with more behind it': await user({ iss: `${issuer.origin}/${TENANT}/v2.0/` }),
    'an issuer in other letters': await user({ iss: `${issuer.origin}/${TENANT}/V2.0` }),
    'an issuer for all tenants': await user({ iss: `${issuer.origin}/common/v2.0` }),
    'no issuer': await user({ iss: undefined }),
    'an issuer that is a list': await user({ iss: [`${issuer.origin}/${TENANT}/v2.0`] }),
    'another audience': await user({ aud: 'https://graph.microsoft.com' }),
    'no audience': await user({ aud: undefined }),
    'no audience in a list': await user({ aud: [] }),
    'an audience with a slash behind it': await user({ aud: `api://${CLIENT}/` }),
    'an audience with more before it': await user({ aud: `x${CLIENT}` }),
    expired: await user({ exp: now - 61 }),
    'without an end': await user({ exp: undefined }),
    'an end that is text': await user({ exp: '9999999999' }),
    'not valid yet': await user({ nbf: now + 120 }),
    'from the future': await user({ iat: now + 3 * HOUR, exp: now + 4 * HOUR }),
    'older than tokens get': await user({ iat: now - 40 * HOUR }),
    'nobody at all': await user({ oid: undefined }),
    'a blank id': await user({ oid: '  ' }),
    'an id that is a list': await user({ oid: ['ann-oid'] }),
    'an id of two lines': await user({ oid: 'ann-oid\r\nX-Mcp-Roles: mcp.admin' }),
    'an endless id': await user({ oid: 'x'.repeat(257) }),
    'an ID token, which names no client': await user({ azp: undefined, roles: ['mcp.admin'] }),
    '16 kB with a good signature': await user({ x: 'x'.repeat(12_288) }),
  };
}

/** What the issuer signs itself, but what readers could understand in several ways. */
async function signedButOdd(issuer: TestIssuer): Promise<Record<string, string>> {
  const { privateKey, jwk } = issuer.key();
  const { kid } = jwk;
  const header = (more: object = {}): string => JSON.stringify({ alg: 'RS256', typ: 'JWT', kid, ...more }); // prettier-ignore
  const signed = (claims: string, head = header()): Promise<string> => sign(privateKey, head, claims); // prettier-ignore
  const claims = JSON.stringify(claimsOf(issuer));
  return {
    'the audience twice': await signed(twice(issuer, 'aud')),
    'the id twice': await signed(twice(issuer, 'oid')),
    'the roles twice, once in disguise': await signed(twice(issuer, '\\u0072oles')),
    'the algorithm twice': await signed(claims, `{"alg":"none",${header().slice(1)}`),
    'claims that are a list': await signed('[]'),
    'claims that are null': await signed('null'),
    'claims that are text': await signed('"ann-oid"'),
    'claims that are no JSON': await signed('{oid: ann}'),
    'claims that are a token': await signed(await issuer.sign(issuer.user()), header({ cty: 'JWT' })), // prettier-ignore
    'claims that count as not encoded': await signed(claims, header({ b64: false, crit: ['b64'] })),
    'a logout token': await signed(claims, header({ typ: 'logout+jwt' })),
    'an ID token that says so': await signed(claims, header({ typ: 'id_token+jwt' })),
    'a type that is a list': await signed(claims, header({ typ: ['JWT'] })),
  };
}

/** Good claims of ann's, and before them another value of one of them. */
function twice(issuer: TestIssuer, name: string): string {
  return `{"${name}":["other","mcp.admin"],${JSON.stringify(claimsOf(issuer)).slice(1)}`;
}

function claimsOf(issuer: TestIssuer): Claims {
  const now = Math.floor(Date.now() / 1000);
  return issuer.user({ roles: ['mcp.caller'], iat: now, exp: now + HOUR });
}

/** Signs what no library would write. */
async function sign(key: CryptoKey, header: string, claims: string): Promise<string> {
  const input = [header, claims].map((text) => Buffer.from(text).toString('base64url')).join('.');
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
