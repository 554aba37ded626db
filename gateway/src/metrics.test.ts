import { expect, test } from '@jest/globals';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import { adapterOf } from './proxy/testing/gateway.ts';
import { gatewayMetrics } from './metrics.ts';
import { recordingOrchestrator } from './testing/recording-orchestrator.ts';

function setup(adapters: readonly string[] = []) {
  const { endpoints } = recordingOrchestrator();
  const all = adapters.map((name) => adapterOf(name));
  const directory = (known: readonly Adapter[]) => ({
    all: () => known,
    healthy: () => true,
    unreadable: () => [],
  });
  return gatewayMetrics({
    directories: { adapter: directory(all), tool: directory([]) },
    endpoints,
  });
}

const REQUEST = { method: 'POST', status: 200, outcome: 'answered', durationSeconds: 0.1 } as const;

test('requests are counted by adapter, class of status and outcome', async () => {
  const metrics = setup();
  metrics.requestFinished({ ...REQUEST, adapter: 'weather' });
  metrics.requestFinished({ ...REQUEST, adapter: 'weather', status: 204 });
  metrics.requestFinished({ ...REQUEST, adapter: '', status: 0, outcome: 'gone' });
  const text = await metrics.text();
  expect(text).toContain('{adapter="weather",method="POST",status="2xx",outcome="answered"} 2');
  expect(text).toContain('{adapter="",method="POST",status="none",outcome="gone"} 1');
});

test('however many adapters come and go, the number of series is bounded', async () => {
  const metrics = setup(Array.from({ length: 2000 }, (_, i) => `a${i}`));
  for (let i = 0; i < 2000; i++) {
    metrics.requestFinished({ ...REQUEST, adapter: `a${i}` });
    metrics.openStreamsChanged(`a${i}`, 1);
    metrics.requestAnswered({ route: '/adapters', method: `M${i}`, status: 405, seconds: 0 });
  }
  const lines = (await metrics.text()).split('\n');
  const series = (name: string): number => lines.filter((line) => line.startsWith(name)).length;
  expect(series('mcp_gateway_mcp_requests_total')).toBe(501);
  expect(series('mcp_gateway_mcp_open_streams')).toBe(501);
  expect(series('mcp_gateway_replicas')).toBe(1000);
  expect(series('mcp_gateway_http_request_seconds_count')).toBe(1);
});

test('streams that close are taken off again', async () => {
  const metrics = setup();
  metrics.openStreamsChanged('weather', 1);
  metrics.openStreamsChanged('weather', -1);
  expect(await metrics.text()).toContain('mcp_gateway_mcp_open_streams{adapter="weather"} 0');
});

test('rounds of repair are counted by how they went', async () => {
  const metrics = setup();
  metrics.reconciled('adapter', { settled: 2, failed: 1 });
  metrics.reconciled('adapter', { settled: 3, failed: 0 });
  metrics.reconciled('adapter', 'failed');
  const text = await metrics.text();
  for (const result of ['partial', 'clean', 'failed'])
    expect(text).toContain(`{kind="adapter",result="${result}"} 1`);
});
