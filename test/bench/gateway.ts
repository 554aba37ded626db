/** Registers an adapter. Throws with the gateway's answer when it refuses. */
export async function register(
  port: number,
  adapter: Readonly<Record<string, unknown>> & { readonly name: string },
): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/adapters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imageVersion: '1.0.0', ...adapter }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`POST /adapters: ${response.status} ${text}`);
}

/** Path of an adapter's MCP endpoint. */
export const adapterPath = (name: string) => `/adapters/${name}/mcp`;
