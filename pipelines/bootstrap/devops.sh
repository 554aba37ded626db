# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# Azure DevOps: service connections, variables, environments, pipelines, and what guards them.

PIPELINES=(check preview deploy destroy drift)
# Kinds of checks, the same in every organization.
BRANCH_CONTROL=fe1de3ee-a436-41b4-bb20-f6eb4cb879a7
EXCLUSIVE_LOCK=2ef31ad6-baa0-403a-8b45-2cbc9b4e5563

connect_devops() {
  at=(--organization "$organization" --project "$project")
  # Without a version az asks for 5.0, which what is still a preview refuses; a number behind "preview" is one that az
  # cannot read. The routes come last, so that a call can add to them.
  in_project=(--organization "$organization" --api-version 7.1-preview --route-parameters "project=$project")
  local stack
  connect preview
  for stack in ${stacks//,/ }; do
    connect "$stack"
    make_variables "$stack"
    make_environment "$stack"
  done
  make_pipelines
  permit_pipelines
}

connect() {
  step "Service connection of $1" 'Workload identity federation: Azure DevOps vouches for the run, there is nothing to keep or to rotate.'
  local name connection
  name=$(connection_of "$1")
  ensure "$name" devops service-endpoint list "${at[@]}" --query "[?name=='$name'].id" -- \
    devops service-endpoint create "${at[@]}" --service-endpoint-configuration "$(connection_file "$1")"
  connection=$(connection_value "$name" id)
  if [[ $1 != preview ]]; then guard endpoint "$connection" "$BRANCH_CONTROL" "$(branch_control)"; fi
  trust_connection "$1" "$(connection_value "$name" authorization.parameters.workloadIdentityFederationIssuer)" \
    "$(connection_value "$name" authorization.parameters.workloadIdentityFederationSubject)"
}

connection_value() { # <connection> <what>
  value "$2 of $1" devops service-endpoint list "${at[@]}" --query "[?name=='$1'].$2 | [0]"
}

# az takes a connection as a file only.
connection_file() {
  local file=$work/$1.json
  cat >"$file" <<JSON
{
  "name": "$(connection_of "$1")",
  "type": "azurerm",
  "url": "https://management.azure.com/",
  "owner": "library",
  "isShared": false,
  "data": {
    "environment": "AzureCloud",
    "scopeLevel": "Subscription",
    "creationMode": "Manual",
    "subscriptionId": "$subscription",
    "subscriptionName": "$(value subscription account show --query name)"
  },
  "authorization": {
    "scheme": "WorkloadIdentityFederation",
    "parameters": { "tenantid": "$tenant", "serviceprincipalid": "$(identity_value "$1" clientId)" }
  },
  "serviceEndpointProjectReferences": [
    {
      "name": "$(connection_of "$1")",
      "projectReference": {
        "id": "$(value project devops project show --project "$project" --organization "$organization" --query id)",
        "name": "$project"
      }
    }
  ]
}
JSON
  echo "$file"
}

make_variables() {
  step "Variables of $1" 'Names and addresses that the pipelines need; none is a secret.'
  local name
  name=$(connection_of "$1")
  ensure "$name" pipelines variable-group list "${at[@]}" --query "[?name=='$name'].id" -- \
    pipelines variable-group create "${at[@]}" --name "$name" --authorize true --variables \
    "stateBackend=$(backend_of "$1")" "secretsProvider=$(secrets_provider_of "$1")" "approvers=$approvers"
}

make_environment() {
  step "Environment $1" 'Deployments of it are listed there, come from main alone, and never run at the same time.'
  local name id
  name=$(connection_of "$1")
  ensure "$name" devops invoke "${in_project[@]}" --area distributedtask --resource environments \
    --query "value[?name=='$name'].id" -- \
    devops invoke "${in_project[@]}" --area distributedtask --resource environments --http-method POST \
    --in-file "$(body_file "environment-$1" "{\"name\":\"$name\",\"description\":\"MCP gateway\"}")"
  id=$(environment_id "$1")
  guard environment "$id" "$BRANCH_CONTROL" "$(branch_control)"
  guard environment "$id" "$EXCLUSIVE_LOCK" '{}'
}

environment_id() {
  value "id of environment $1" devops invoke "${in_project[@]}" --area distributedtask --resource environments \
    --query "value[?name=='$(connection_of "$1")'].id | [0]"
}

# Puts a check on something: guard <kind of resource> <its id> <kind of check> <settings>
guard() {
  local body checks=(devops invoke "${in_project[@]}" --area PipelinesChecks --resource configurations)
  body="{\"type\":{\"id\":\"$3\"},\"settings\":$4,\"resource\":{\"type\":\"$1\",\"id\":\"$2\"},\"timeout\":43200}"
  ensure "check ${3%%-*} on $1 $2" "${checks[@]}" --query-parameters "resourceType=$1" "resourceId=$2" \
    --query "value[?type.id=='$3'].id" -- \
    "${checks[@]}" --http-method POST --in-file "$(body_file "check-$1-${2//[^a-zA-Z0-9-]/}-${3%%-*}" "$body")"
}

branch_control() {
  cat <<'JSON'
{"displayName":"main alone","definitionRef":{"id":"86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b","name":"evaluatebranchProtection","version":"0.0.1"},"inputs":{"allowedBranches":"refs/heads/main","ensureProtectionOfBranch":"true","allowUnknownStatusBranch":"false"},"retryInterval":5}
JSON
}

make_pipelines() {
  step 'Pipelines' 'Made without a first run. Make "preview" the build validation of main under Project settings, Repositories, Policies.'
  local name
  for name in "${PIPELINES[@]}"; do
    ensure "mcp-gateway-$name" pipelines show "${at[@]}" --name "mcp-gateway-$name" --query id -- \
      pipelines create "${at[@]}" --name "mcp-gateway-$name" --repository "$repository" --repository-type tfsgit \
      --branch main --yml-path "pipelines/$name.yml" --skip-first-run true
  done
}

permit_pipelines() {
  step 'What pipelines may use' 'Otherwise the first run of each stands still until somebody permits it; a pipeline that is not named here asks.'
  local stack
  use "$(connection_value "$(connection_of preview)" id)" endpoint preview
  for stack in ${stacks//,/ }; do
    use "$(connection_value "$(connection_of "$stack")" id)" endpoint deploy destroy drift
    use "$(environment_id "$stack")" environment deploy destroy
  done
}

# Permits pipelines to use something: use <its id> <kind of resource> <pipelines>
use() {
  local id=$1 kind=$2 name pipeline body resource
  resource=(devops invoke "${in_project[@]}" "resourceType=$kind" "resourceId=$id" --area pipelinePermissions --resource pipelinePermissions)
  shift 2
  for name in "$@"; do
    pipeline=$(value "id of mcp-gateway-$name" pipelines show "${at[@]}" --name "mcp-gateway-$name" --query id)
    body="{\"pipelines\":[{\"id\":$pipeline,\"authorized\":true}]}"
    ensure "$name may use $kind $id" "${resource[@]}" --query "pipelines[?id==\`$pipeline\` && authorized==\`true\`].id" -- \
      "${resource[@]}" --http-method PATCH --in-file "$(body_file "permit-$name" "$body")"
  done
}

body_file() { # <name> <JSON>
  printf '%s\n' "$2" >"$work/$1.json"
  echo "$work/$1.json"
}
