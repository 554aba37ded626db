import { setTimeout as sleep } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Caller } from '../support/companions.ts';
import type { Deployment } from '../support/deployment.ts';

/** A gateway that was deployed, and how callers get there. */
export interface Reached extends Pick<Deployment, 'origin' | 'tokenOf'> {
  /** Unless the plain way leads there. */
  readonly through?: Dispatcher;
  /** Makes a connection of its own for each user of a load. */
  readonly connection?: () => Dispatcher;
}

interface Asked {
  readonly as?: Caller;
  readonly body?: object;
  readonly through?: Dispatcher;
}

export interface ControlAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The MCP URL of an adapter behind the Service. */
export const mcpUrl = ({ origin }: Reached, name: string): string =>
  `${origin}/adapters/${name}/mcp`;

/** What a caller sends to be known. */
export async function credentials(
  { tokenOf }: Reached,
  caller: Caller = 'ann',
): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenOf(caller)}` };
}

/** One request of the control plane; whatever the answer is, it is given. */
export async function control(
  deployment: Reached,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { as, body, through = deployment.through }: Asked = {},
): Promise<ControlAnswer> {
  const answer = await request(`${deployment.origin}${path}`, {
    method,
    headers: {
      ...(await credentials(deployment, as)),
      ...(body && { 'content-type': 'application/json' }),
    },
    headersTimeout: 60_000,
    reset: true, // A connection kept from earlier may lead to a gateway that has since been replaced.
    ...(through && { dispatcher: through }),
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  const retryAfter = answer.headers['retry-after'];
  return {
    status: answer.statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    body: (text === '' ? {} : JSON.parse(text)) as ControlAnswer['body'], // JSON in all cases, as docs/api.md says
  };
}

/** Registers or replaces an adapter; throws with the answer when that is refused. */
export async function put(
  deployment: Reached,
  adapter: { readonly name: string; readonly [field: string]: unknown },
): Promise<void> {
  const { name } = adapter;
  const known = await control(deployment, 'GET', `/adapters/${name}`);
  const answer =
    known.status === 404
      ? await control(deployment, 'POST', '/adapters', { body: adapter })
      : await control(deployment, 'PUT', `/adapters/${name}`, { body: adapter });
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`); // prettier-ignore
}

/** Waits until exactly so many replicas are ready, all of them of the newest kind. */
export async function allReady(
  deployment: Reached,
  name: string,
  replicas: number,
  deadlineMs = 180_000,
  kind: 'adapters' | 'tools' = 'adapters',
): Promise<void> {
  await eventually(deadlineMs, async () => {
    const { body } = await control(deployment, 'GET', `/${kind}/${name}/status`);
    const { readyReplicas, updatedReplicas, replicaStatus } = body;
    const well = [readyReplicas, updatedReplicas].every((count) => count === replicas);
    if (!well || replicaStatus !== 'Healthy') {
      await sleep(250);
      throw new Error(`${name} is not ready: ${JSON.stringify(body)}`);
    }
  });
}
