import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as pulumi from '@pulumi/pulumi';
import { stableGuid } from './naming.ts';

/** The built-in roles of Azure that the program grants, by the GUIDs of their definitions. */
export const ROLES = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  networkContributor: '4d97b98b-1d4f-4787-a291-c67834d212e7',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
} as const;

/** The roles on the data of a Cosmos account; they are no roles of Azure's own and live in the account. */
export const DATA_ROLES = {
  reader: '00000000-0000-0000-0000-000000000001',
  contributor: '00000000-0000-0000-0000-000000000002',
} as const;

/** One right of one identity on one thing. */
export interface Grant {
  readonly role: keyof typeof ROLES;
  readonly principalId: pulumi.Input<string>;
  readonly scope: pulumi.Input<string>;
  readonly subscriptionId: pulumi.Input<string>;
  /** What tells it from all other grants; the assignment is named after it, so that making it anew is the same. */
  readonly between: readonly [stack: string, principal: string, scope: string];
}

/** Grants a role to an identity of ours, which may be so new that the directory does not know it everywhere yet. */
export function granted(
  name: string,
  { role, principalId, scope, subscriptionId, between }: Grant,
  options: pulumi.CustomResourceOptions,
): authorization.RoleAssignment {
  const definitions = '/providers/Microsoft.Authorization/roleDefinitions';
  return new authorization.RoleAssignment(
    name,
    {
      roleAssignmentName: stableGuid('role', ROLES[role], ...between),
      principalId,
      principalType: 'ServicePrincipal', // spares Azure the look into the directory that fails for new ones
      roleDefinitionId: pulumi.interpolate`/subscriptions/${subscriptionId}${definitions}/${ROLES[role]}`,
      scope,
    },
    options,
  );
}
