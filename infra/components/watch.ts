import * as azure from '@pulumi/azure-native/monitor/index.js';
import * as resources from '@pulumi/azure-native/resources/index.js';
import * as pulumi from '@pulumi/pulumi';
import { criteria, METRIC_RULES, RESTARTS_QUERY, type Watched } from '../alerts.ts';
import { DIAGNOSTICS, type Diagnosed } from '../diagnostics.ts';
import { containerLogs } from '../container-logs.ts';
import { placed, type Site } from '../site.ts';

export interface WatchArgs {
  readonly site: Site;
  readonly workspaceId: pulumi.Input<string>;
  readonly actionGroupId: pulumi.Input<string>;
  readonly clusterName: pulumi.Input<string>;
  readonly ids: Readonly<Record<Diagnosed | Watched, pulumi.Input<string>>>;
}

/** Has everything tell the workspace what happens to it, and tells people when that is trouble. */
export class Watch extends pulumi.ComponentResource {
  constructor(name: string, args: WatchArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Watch', name, {}, options);
    this.diagnose(args);
    this.collectContainerLogs(args);
    this.alertOnMetrics(args);
    this.alertOnRestarts(args);
    this.registerOutputs({});
  }

  private diagnose({ workspaceId, ids }: WatchArgs): void {
    for (const [what, categories] of Object.entries(DIAGNOSTICS)) {
      new azure.DiagnosticSetting(
        what,
        {
          name: 'to-workspace',
          resourceUri: ids[what as Diagnosed], // the keys of that record
          workspaceId,
          logs: categories.map((category) => ({ ...category, enabled: true })),
          logAnalyticsDestinationType: 'Dedicated',
        },
        { parent: this },
      );
    }
  }

  /** What containers write, by way of the agent on each node. */
  private collectContainerLogs({ site, workspaceId, clusterName }: WatchArgs): void {
    const rule = new azure.DataCollectionRule(
      'containers',
      {
        ...placed(site),
        dataCollectionRuleName: `mg-containers-${site.settings.label}`,
        kind: 'Linux',
        ...containerLogs(workspaceId),
      },
      { parent: this },
    );
    new resources.Resource(
      'containers',
      {
        resourceGroupName: site.resourceGroupName,
        resourceProviderNamespace: 'Microsoft.ContainerService',
        parentResourcePath: pulumi.interpolate`managedClusters/${clusterName}/providers/Microsoft.Insights`,
        resourceType: 'dataCollectionRuleAssociations',
        resourceName: 'ContainerInsightsExtension', // the agent looks for this name
        apiVersion: '2022-06-01',
        properties: { dataCollectionRuleId: rule.id },
      },
      { parent: this },
    );
  }

  private alertOnMetrics({ site, actionGroupId, ids }: WatchArgs): void {
    for (const rule of METRIC_RULES) {
      new azure.MetricAlert(
        rule.name,
        {
          ...placed(site),
          location: 'global',
          ruleName: `mg-${site.settings.label}-${rule.name}`,
          description: rule.description,
          severity: rule.severity,
          enabled: true,
          scopes: [ids[rule.on]],
          evaluationFrequency: 'PT1M',
          windowSize: 'PT5M',
          criteria: criteria(rule),
          autoMitigate: true,
          actions: [{ actionGroupId }],
        },
        { parent: this },
      );
    }
  }

  private alertOnRestarts({ site, workspaceId, actionGroupId }: WatchArgs): void {
    new azure.ScheduledQueryRule(
      'restarts',
      {
        ...placed(site),
        ruleName: `mg-${site.settings.label}-restarts`,
        displayName: 'Services start again and again',
        description:
          'A container of the gateway or the tool router was restarted more than three times.',
        kind: 'LogAlert',
        severity: 2,
        enabled: true,
        scopes: [workspaceId],
        evaluationFrequency: 'PT15M',
        windowSize: 'PT30M',
        skipQueryValidation: true, // the table comes with the first data
        criteria: {
          allOf: [
            {
              query: RESTARTS_QUERY,
              timeAggregation: 'Count',
              operator: 'GreaterThan',
              threshold: 0,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        actions: { actionGroups: [actionGroupId] },
      },
      { parent: this },
    );
  }
}
