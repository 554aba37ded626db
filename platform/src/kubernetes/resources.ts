import type { Workload } from '@mcp-gateway/core/domain/workload';

type Resources = NonNullable<Workload['resources']>;
type Amounts = Readonly<Record<string, string>>;

/**
 * A container's resources: what is asked for, else the default. A default never contradicts what is asked for:
 * a limit alone is the request, too, and a request alone is, where the default has a limit, the limit.
 */
export function resources(
  asked: Resources | undefined,
  defaults: Resources,
): { readonly requests: Amounts; readonly limits: Amounts } {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const name of ['cpu', 'memory'] as const) {
    const request = asked?.requests?.[name];
    const limit = asked?.limits?.[name];
    const standard = { request: defaults.requests?.[name], limit: defaults.limits?.[name] };
    put(requests, name, request ?? limit ?? standard.request);
    put(limits, name, limit ?? (standard.limit && (request ?? standard.limit)));
  }
  return { requests, limits };
}

function put(amounts: Record<string, string>, name: string, amount: string | undefined): void {
  if (amount !== undefined) amounts[name] = amount;
}
