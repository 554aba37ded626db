import * as azuread from '@pulumi/azuread';
import * as pulumi from '@pulumi/pulumi';
import { APP_ROLES, SCOPE_NAME, WELL_KNOWN_CLIENTS } from '../app-roles.ts';
import { stableGuid } from '../naming.ts';
import type { Settings } from '../profiles.ts';
import type { Site } from '../site.ts';

/** The application as which the gateway is known to Entra ID, with its roles and who may have them. */
export class Entra extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Entra', name, {}, options);
    const { label } = site.settings;
    const scopeId = stableGuid('scope', label, SCOPE_NAME);
    const application = this.application(name, site, scopeId);
    this.clientId = application.clientId;
    this.identify(site, application);
    for (const [client, authorizedClientId] of Object.entries(WELL_KNOWN_CLIENTS)) {
      new azuread.ApplicationPreAuthorized(
        client,
        { applicationId: application.id, authorizedClientId, permissionIds: [scopeId] },
        { parent: this },
      );
    }
    const principal = new azuread.ServicePrincipal(
      name,
      { clientId: application.clientId, appRoleAssignmentRequired: false, owners: deployer() },
      { parent: this, ignoreChanges: ['owners'] },
    );
    this.assignRoles(site, principal);
    this.registerOutputs({ clientId: this.clientId });
  }

  private application(name: string, site: Site, scopeId: string): azuread.Application {
    const { label } = site.settings;
    return new azuread.Application(
      name,
      {
        displayName: site.names.application,
        signInAudience: 'AzureADMyOrg',
        owners: deployer(),
        api: {
          requestedAccessTokenVersion: 2,
          oauth2PermissionScopes: [
            {
              id: scopeId,
              value: SCOPE_NAME,
              type: 'User',
              enabled: true,
              adminConsentDisplayName: 'Use the MCP gateway',
              adminConsentDescription: 'Call MCP servers through the gateway in your name.',
              userConsentDisplayName: 'Use the MCP gateway',
              userConsentDescription: 'Call MCP servers through the gateway in your name.',
            },
          ],
        },
        appRoles: Object.entries(APP_ROLES).map(([value, description]) => ({
          id: roleId(label, value),
          value,
          displayName: value,
          description,
          allowedMemberTypes: ['User', 'Application'],
          enabled: true,
        })),
        groupMembershipClaims: ['ApplicationGroup'],
      },
      // The identifier holds the client id, which is known only once the application is there.
      { parent: this, ignoreChanges: ['identifierUris', 'owners'] },
    );
  }

  private identify({ settings }: Site, { id, clientId }: azuread.Application): void {
    const own = { parent: this };
    new azuread.ApplicationIdentifierUri('client-id', { applicationId: id, identifierUri: pulumi.interpolate`api://${clientId}` }, own); // prettier-ignore
    for (const identifierUri of signInUrls(settings)) {
      new azuread.ApplicationIdentifierUri(
        identifierUri,
        { applicationId: id, identifierUri },
        own,
      );
    }
  }

  /** To groups that exist, and to those that are made here. */
  private assignRoles({ settings }: Site, principal: azuread.ServicePrincipal): void {
    const { label, createGroups, roleGroups } = settings;
    const assign = (role: string, name: string, principalObjectId: pulumi.Input<string>): void => {
      new azuread.AppRoleAssignment(
        `${role}-${name}`,
        {
          appRoleId: roleId(label, role),
          principalObjectId,
          resourceObjectId: principal.objectId,
        },
        { parent: this },
      );
    };
    for (const [role, groups] of Object.entries(roleGroups)) {
      for (const group of groups ?? []) assign(role, group, group);
    }
    if (!createGroups) return;
    for (const role of Object.keys(APP_ROLES)) {
      const displayName = `${role.replace('.', '-')}-${label}`;
      const options = { parent: this, ignoreChanges: ['members', 'owners'] }; // people's business
      const group = new azuread.Group(role, { displayName, securityEnabled: true }, options); // prettier-ignore
      assign(role, 'own', group.objectId);
    }
  }
}

/** An application that nobody owns can be changed by nobody who may change only their own; whoever deploys later leaves the owners alone. */
function deployer(): pulumi.Output<string>[] {
  return [azuread.getClientConfigOutput().objectId];
}

/** The URLs for which clients ask a token; Entra ID takes none but of a domain that is verified in the tenant. */
function signInUrls({ hostname, tls, identifierUris }: Settings): readonly string[] {
  const own = hostname !== undefined && tls !== 'none' ? [`https://${hostname}/mcp`] : [];
  return [...new Set([...own, ...identifierUris])];
}

function roleId(label: string, role: string): string {
  return stableGuid('role', label, role);
}
