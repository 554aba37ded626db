import type * as pulumi from '@pulumi/pulumi';
import type { ResourceNames } from './naming.ts';
import type { Settings } from './profiles.ts';

/** What every component needs to know: the stack's settings, the names, and where its resources go. */
export interface Site {
  readonly settings: Settings;
  readonly names: ResourceNames;
  readonly resourceGroupName: pulumi.Input<string>;
  readonly subscriptionId: pulumi.Output<string>;
  readonly tenantId: pulumi.Output<string>;
}

/** The tags on everything that can have them; policies read the profile from them. */
export function tagsOf({ profile, label, tags }: Settings): Record<string, string> {
  return { ...tags, application: 'mcp-gateway', label, profile };
}

/** Where a resource goes, and its tags. */
export function placed({ settings, resourceGroupName }: Site) {
  return { resourceGroupName, location: settings.location, tags: tagsOf(settings) };
}
