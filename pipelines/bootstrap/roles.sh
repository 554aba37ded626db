# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# What each identity may do, at the least scope.

# The roles that the program itself gives to what it makes, and so all that a pipeline may give away.
ASSIGNABLE=(
  7f951dda-4ed3-4680-a7ca-43fe172d538d # AcrPull
  4d97b98b-1d4f-4787-a291-c67834d212e7 # Network Contributor
  4633458b-17de-408a-b874-0445c86b69e6 # Key Vault Secrets User
)

allow_deployments() {
  local stack principal group
  for stack in ${stacks//,/ }; do
    step "Roles of $stack" "On its resource group alone: make resources, give the roles that the program gives, administer its cluster."
    principal=$(identity_value "$stack" principalId)
    group=$(group_id "$(group_of "$stack")")
    allow "$principal" Contributor "$group"
    allow "$principal" 'Azure Kubernetes Service RBAC Cluster Admin' "$group"
    allow "$principal" 'Key Vault Certificates Officer' "$group"
    allow "$principal" 'Role Based Access Control Administrator' "$group" --condition "$(assignable_only)" --condition-version 2.0
    allow_state "$principal" "$stack" 'Storage Blob Data Contributor'
    # Purging is an act of the subscription, whichever group the vault was in.
    if [[ -n $allow_purge ]]; then allow "$principal" 'Key Vault Purge Operator' "/subscriptions/$subscription"; fi
  done
}

allow_previews() {
  step 'Roles of previews' 'Reads dev and its state, changes neither. A preview of Kubernetes objects is a dry run of writing
   them, for which the cluster asks for the right to write; so this reaches the cluster of dev, and nothing of prod.'
  [[ ,$stacks, == *,dev,* ]] || return 0
  local principal group
  principal=$(identity_value preview principalId)
  group=$(group_id "$(group_of dev)")
  allow "$principal" Reader "$group"
  allow "$principal" 'Azure Kubernetes Service Cluster User Role' "$group"
  allow "$principal" 'Azure Kubernetes Service RBAC Cluster Admin' "$group"
  allow_state "$principal" dev 'Storage Blob Data Reader'
}

allow_me() {
  step 'Your roles' 'An Owner may make resources, but neither read state, nor use keys, nor administer a cluster.'
  local me stack
  me=$(value you ad signed-in-user show --query id)
  for stack in ${stacks//,/ }; do
    allow_user "$me" 'Azure Kubernetes Service RBAC Cluster Admin' "$(group_id "$(group_of "$stack")")"
    allow_user "$me" 'Key Vault Certificates Officer' "$(group_id "$(group_of "$stack")")"
    allow_user "$me" 'Storage Blob Data Contributor' "$(account_id)/blobServices/default/containers/$(container_of "$stack")"
    allow_user "$me" 'Key Vault Crypto User' "$(key_of "$stack")"
  done
}

allow_state() { # <principal> <stack> <role on the state>
  allow "$1" "$3" "$(account_id)/blobServices/default/containers/$(container_of "$2")"
  allow "$1" 'Key Vault Crypto User' "$(key_of "$2")"
}

allow() { assign ServicePrincipal "$@"; }
allow_user() { assign User "$@"; }

assign() { # <type> <principal> <role> <scope> [options]
  local type=$1 principal=$2 role=$3 scope=$4
  shift 4
  ensure "$role on ${scope##*/}" role assignment list --scope "$scope" \
    --query "[?principalId=='$principal' && roleDefinitionName=='$role'].id" -- \
    role assignment create --assignee-object-id "$principal" --assignee-principal-type "$type" \
    --role "$role" --scope "$scope" "$@"
}

# A condition: role assignments may be written and deleted only for the roles of ASSIGNABLE.
assignable_only() {
  local roles attribute='Microsoft.Authorization/roleAssignments'
  roles=$(IFS=,; echo "${ASSIGNABLE[*]}")
  printf '%s' "((!(ActionMatches{'$attribute/write'})) OR (@Request[$attribute:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {$roles}))"
  printf '%s' " AND ((!(ActionMatches{'$attribute/delete'})) OR (@Resource[$attribute:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {$roles}))"
}

# Microsoft Graph itself, the same in every tenant.
GRAPH=00000003-0000-0000-c000-000000000000

allow_graph() {
  if [[ -n $existing_app ]]; then return 0; fi
  step 'Permissions in Microsoft Graph' 'To register the application that people sign in to, and to own it. Needs a Privileged Role Administrator; with
   --existing-app somebody else registers it and this is left out.'
  local graph stack permission permissions=(Application.ReadWrite.OwnedBy)
  # What is made is also read, a group as much as whom it has in it.
  if [[ -n $assign_groups ]]; then permissions+=(AppRoleAssignment.ReadWrite.All Group.Create GroupMember.Read.All); fi
  graph=$(value graph ad sp show --id "$GRAPH" --query id)
  for stack in ${stacks//,/ }; do
    for permission in "${permissions[@]}"; do
      permit "$(identity_value "$stack" principalId)" "$graph" "$permission"
    done
  done
}

permit() { # <principal> <service principal of Graph> <permission>
  local role url="https://graph.microsoft.com/v1.0/servicePrincipals/$1/appRoleAssignments"
  role=$(value "$3" ad sp show --id "$GRAPH" --query "appRoles[?value=='$3'].id | [0]")
  ensure "$3" rest --method get --url "$url" --query "value[?appRoleId=='$role'].id" -- \
    rest --method post --url "$url" --body "{\"principalId\":\"$1\",\"resourceId\":\"$2\",\"appRoleId\":\"$role\"}"
}
