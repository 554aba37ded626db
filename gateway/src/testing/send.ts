/** An answer, its body parsed where it is JSON. */
export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** What a request has besides method and URL. */
export interface Extras {
  /** Sent as it is if it is text, else as JSON. */
  readonly body?: unknown;
  /** Who calls; `ann` when absent. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request as a user of development identity. */
export async function send(method: string, url: string, extras: Extras = {}): Promise<Sent> {
  const { body, as = 'ann', headers } = extras;
  const response = await fetch(url, {
    method,
    headers: {
      'x-dev-userid': as,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== '' && (response.headers.get('content-type') ?? '').includes('json');
  const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>; // or a list, where tests say so
  return { status: response.status, headers: response.headers, body: parsed, text };
}
