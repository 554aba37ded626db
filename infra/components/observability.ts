import * as insights from '@pulumi/azure-native/applicationinsights/index.js';
import * as monitor from '@pulumi/azure-native/monitor/index.js';
import * as logs from '@pulumi/azure-native/operationalinsights/index.js';
import * as pulumi from '@pulumi/pulumi';
import { placed, type Site } from '../site.ts';

/** Where logs and metrics go, and who hears of trouble. */
export class Observability extends pulumi.ComponentResource {
  readonly workspaceId: pulumi.Output<string>;
  readonly insightsId: pulumi.Output<string>;
  readonly actionGroupId: pulumi.Output<string>;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Observability', name, {}, options);
    const { settings, names } = site;
    const workspace = new logs.Workspace(
      name,
      {
        ...placed(site),
        workspaceName: names.logs,
        sku: { name: 'PerGB2018' },
        retentionInDays: settings.logDays,
        workspaceCapping: { dailyQuotaGb: settings.logDailyGb },
        features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      },
      { parent: this },
    );
    const component = new insights.Component(
      name,
      {
        ...placed(site),
        resourceName: names.insights,
        kind: 'web',
        applicationType: 'web',
        ingestionMode: 'LogAnalytics',
        workspaceResourceId: workspace.id,
        disableLocalAuth: true,
      },
      { parent: this },
    );
    const group = new monitor.ActionGroup(
      name,
      {
        ...placed(site),
        location: 'global',
        actionGroupName: `mg-alerts-${settings.label}`,
        groupShortName: 'mcp-gateway'.slice(0, 12),
        enabled: true,
        emailReceivers: settings.alertEmails.map((emailAddress, index) => ({
          name: `email-${index + 1}`,
          emailAddress,
          useCommonAlertSchema: true,
        })),
      },
      { parent: this },
    );
    this.workspaceId = workspace.id;
    this.insightsId = component.id;
    this.actionGroupId = group.id;
    this.registerOutputs({ workspaceId: this.workspaceId });
  }
}
