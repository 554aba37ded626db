import { describe, test } from '@jest/globals';
import { pino } from 'pino';
import { describeOrchestrator } from '@mcp-gateway/core/testing/orchestrator';
import { kubernetesOrchestrator } from '@mcp-gateway/platform/kubernetes/orchestrator';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';
import { IMAGES, loadImages } from './support/images.ts';

const cluster = await clusterHere();

if (cluster) {
  describeOrchestrator('Kubernetes', async () => {
    await loadImages('echo', 'crashing', 'neverReady');
    const namespace = await makeNamespace(cluster, 'contract');
    const orchestrator = await kubernetesOrchestrator({
      namespace,
      callers: [],
      config: cluster.config,
      allowedImages: ['mcp-gateway-test/*'],
      drainSeconds: 1,
      endSeconds: 5,
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    });
    return {
      orchestrator,
      images: { ...IMAGES, unknown: { name: 'nobody-made-this', version: '1.0' } },
      deadlineMs: 90_000,
      close: async () => {
        await orchestrator.close();
        await dropNamespace(cluster, namespace);
        await cluster.api.close();
      },
    };
  });
} else {
  describe('Kubernetes', () => test.skip('needs a cluster', () => undefined));
}
