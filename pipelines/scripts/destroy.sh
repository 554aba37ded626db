#!/usr/bin/env bash
# Deletes all that a stack has made. CONFIRM must be the stack's name. Resources that the stack protects are not deleted:
# their protection has to be taken off by a deployment first.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/session.sh"
need STACK PULUMI_BACKEND_URL
if [[ ${CONFIRM:-} != "$STACK" ]]; then
  echo "\"${CONFIRM:-}\" is not \"$STACK\": nothing was deleted." >&2
  exit 2
fi
use_az_session

if ! stack_exists; then
  echo "There is no $STACK: nothing to delete."
  exit 0
fi
vault=$(pulumi stack output --stack "$STACK" vault 2>/dev/null || true)
# The role that may purge may list what can be purged; better to know before everything is gone.
if [[ ${PURGE:-false} == true ]] && ! az keyvault list-deleted --resource-type vault --output none; then
  echo "Purging needs \"Key Vault Purge Operator\" on the subscription, which bootstrap.sh --allow-purge grants: nothing was deleted." >&2
  exit 1
fi
release_lock
pulumi destroy --stack "$STACK" --yes --non-interactive --color never --message "${BUILD_BUILDNUMBER:-by hand}"
pulumi stack rm --stack "$STACK" --yes --preserve-config

if [[ -n $vault && ${PURGE:-false} == true ]]; then
  az keyvault purge --name "$vault" --output none
  echo "Purged the vault $vault: its name is free."
elif [[ -n $vault ]]; then
  echo "The name of the vault $vault stays taken while it is soft-deleted: az keyvault purge --name $vault"
fi
