import type { MetricAlertArgs } from '@pulumi/azure-native/monitor/index.js';
import type * as azure from '@pulumi/azure-native/types/input.js';

/** What an alert watches. */
export type Watched = 'edge' | 'database' | 'cluster';

interface MetricRule {
  readonly name: string;
  readonly description: string;
  readonly on: Watched;
  readonly severity: 1 | 2 | 3;
  readonly namespace: string;
  readonly criterion: Omit<azure.monitor.MetricCriteriaArgs, 'criterionType' | 'name'>;
}

const greaterThan = (threshold: number) => ({ operator: 'GreaterThan', threshold }) as const;

/** Trouble that shows in the metrics of Azure's own services. */
export const METRIC_RULES: readonly MetricRule[] = [
  {
    name: 'gateway-unreachable',
    description: 'The edge finds no healthy gateway.',
    on: 'edge',
    severity: 1,
    namespace: 'Microsoft.Network/applicationGateways',
    criterion: { metricName: 'UnhealthyHostCount', timeAggregation: 'Average', ...greaterThan(0) },
  },
  {
    name: 'gateway-errors',
    description: 'The gateway answers with 5xx.',
    on: 'edge',
    severity: 2,
    namespace: 'Microsoft.Network/applicationGateways',
    criterion: {
      metricName: 'BackendResponseStatus',
      timeAggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', operator: 'Include', values: ['5xx'] }],
      ...greaterThan(20),
    },
  },
  {
    name: 'database-throttles',
    description: 'The database refuses requests because its throughput is used up.',
    on: 'database',
    severity: 2,
    namespace: 'Microsoft.DocumentDB/databaseAccounts',
    criterion: {
      metricName: 'TotalRequests',
      timeAggregation: 'Count',
      dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }],
      ...greaterThan(100),
    },
  },
  {
    name: 'nodes-not-ready',
    description: 'A node of the cluster is not ready.',
    on: 'cluster',
    severity: 2,
    namespace: 'Microsoft.ContainerService/managedClusters',
    criterion: {
      metricName: 'kube_node_status_condition',
      timeAggregation: 'Average',
      dimensions: [
        { name: 'status2', operator: 'Include', values: ['NotReady'] },
        { name: 'condition', operator: 'Include', values: ['Ready'] },
      ],
      ...greaterThan(0),
    },
  },
];

/** Services of ours whose containers start again and again. */
export const RESTARTS_QUERY = `KubePodInventory
| where Namespace == "mcp-gateway"
| summarize Restarts = max(ContainerRestartCount) - min(ContainerRestartCount) by Name
| where Restarts > 3`;

/** The criteria of a rule in the form in which Azure takes them. */
export function criteria(rule: MetricRule): MetricAlertArgs['criteria'] {
  return {
    odataType: 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
    allOf: [
      {
        criterionType: 'StaticThresholdCriterion',
        name: rule.name,
        metricNamespace: rule.namespace,
        ...rule.criterion,
      },
    ],
  };
}

/** How many rules of each kind there are. */
export function alertCount(): { readonly metrics: number; readonly queries: number } {
  return { metrics: METRIC_RULES.length, queries: 1 };
}
