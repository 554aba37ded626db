import { request } from 'undici';
import { z } from 'zod';
import { until } from './until.ts';

const Status = z.object({
  readyReplicas: z.number(),
  replicaStatus: z.string(),
  conditions: z.array(z.object({ reason: z.string(), message: z.string() })),
});
export type AdapterStatus = z.infer<typeof Status>;

/** What a test says of an adapter; right or wrong, it is sent as it is. */
type AdapterBody = Readonly<Record<string, unknown>> & { readonly name: string };

/** Registers an adapter and returns the URL of its MCP endpoint; throws with the answer when refused. */
export async function register(gateway: string, spec: AdapterBody): Promise<string> {
  const { statusCode, body } = await request(`${gateway}/adapters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imageVersion: '1.0.0', ...spec }),
  });
  const text = await body.text();
  if (statusCode !== 201) throw new Error(`POST /adapters: ${statusCode} ${text}`);
  return `${gateway}/adapters/${spec.name}/mcp`;
}

/** The adapter's status as the gateway tells it. */
export async function statusOf(gateway: string, name: string): Promise<AdapterStatus> {
  const { body } = await request(`${gateway}/adapters/${name}/status`);
  return Status.parse(await body.json());
}

/** Waits until `replicas` replicas are ready; throws with the last status after the deadline. */
export async function ready(
  gateway: string,
  name: string,
  { replicas = 1, deadlineMs = 60_000 } = {},
): Promise<void> {
  await until(`${replicas} ready replicas of ${name}`, deadlineMs, async () => {
    const status = await statusOf(gateway, name);
    return status.readyReplicas === replicas ? true : JSON.stringify(status);
  });
}
