import { REDIRECT_URL } from './oidc-provider.ts';

/** What an OAuth client keeps of tokens; both SDKs have more of it. */
interface Tokens {
  access_token: string;
  token_type: string;
  scope?: string;
  refresh_token?: string;
  id_token?: string;
}

export interface UserOptions {
  readonly clientId: string;
  /** Asked for on the first sign-in instead of what the server says. */
  readonly firstScope?: string;
}

/** Somebody with a browser that keeps cookies and follows where it is sent, in the terms of both SDKs' clients. */
export function oauthUser({ clientId, firstScope }: UserOptions) {
  let tokens: Tokens | undefined;
  let verifier = '';
  let discovery: unknown;
  let came = new URLSearchParams();
  const asked: URL[] = [];
  return {
    authProvider: {
      redirectUrl: REDIRECT_URL,
      clientMetadata: { redirect_uris: [REDIRECT_URL] },
      clientInformation: () => ({ client_id: clientId }),
      tokens: () => tokens,
      saveTokens: (saved: Tokens): void => void (tokens = saved),
      codeVerifier: () => verifier,
      saveCodeVerifier: (saved: string): void => void (verifier = saved),
      redirectToAuthorization: async (url: URL): Promise<void> => {
        if (firstScope !== undefined && asked.length === 0)
          url.searchParams.set('scope', firstScope);
        asked.push(new URL(url));
        came = await browse(url);
      },
      saveDiscoveryState: (state: unknown): void => void (discovery = state),
      discoveryState: () => discovery as undefined, // what the same client has saved, whatever that is
    },
    /** With what the browser came back. */
    came: () => came,
    tokens: () => tokens,
    /** Where the browser was sent, in order. */
    asked: (): readonly URL[] => asked,
  };
}

async function browse(start: URL): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let step = 0; step < 10; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`no way on from ${url.href}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(REDIRECT_URL)) return url.searchParams;
  }
  throw new Error('sent around in circles');
}
