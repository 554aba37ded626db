import type { DataCollectionRuleArgs } from '@pulumi/azure-native/monitor/index.js';
import type * as pulumi from '@pulumi/pulumi';

const STREAMS = ['Microsoft-ContainerLogV2', 'Microsoft-KubeEvents', 'Microsoft-KubePodInventory'];
const DESTINATION = 'workspace';

/** What the agent on each node collects, and where it goes. */
export function containerLogs(workspaceId: pulumi.Input<string>): Partial<DataCollectionRuleArgs> {
  return {
    dataSources: {
      extensions: [
        {
          name: 'ContainerInsightsExtension',
          extensionName: 'ContainerInsights',
          streams: STREAMS,
          extensionSettings: {
            dataCollectionSettings: {
              interval: '1m',
              namespaceFilteringMode: 'Exclude',
              namespaces: ['kube-system'],
              enableContainerLogV2: true,
            },
          },
        },
      ],
    },
    destinations: {
      logAnalytics: [{ name: DESTINATION, workspaceResourceId: workspaceId }],
    },
    dataFlows: [{ streams: STREAMS, destinations: [DESTINATION] }],
  };
}
