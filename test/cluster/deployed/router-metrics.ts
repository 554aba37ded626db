import type { V1Pod } from '@kubernetes/client-node';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';

/** The sum of a metric over all its labels, as a replica of the router tells it. */
export async function metricOf({ status }: Manifest<V1Pod>, name: string): Promise<number> {
  const text = await (await fetch(`http://${status?.podIP}:8000/metrics`)).text();
  const lines = text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
