#!/usr/bin/env bash
# Prepares an Azure subscription and an Azure DevOps project for the pipelines. --help says how to call it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/bootstrap/arguments.sh"
. "$here/bootstrap/ensure.sh"
. "$here/bootstrap/state.sh"
. "$here/bootstrap/identities.sh"
. "$here/bootstrap/roles.sh"
. "$here/bootstrap/devops.sh"

trap 'exit 1' TERM # sent from within a command substitution, where exit would end only that
export AZURE_EXTENSION_USE_DYNAMIC_INSTALL=yes_without_prompt

parse_arguments "$@"
work=$(mktemp -d)
complaint=$work/complaint
trap 'rm -rf "$work"' EXIT
choose_subscription
register_providers
make_groups
make_state_account
make_keys
if [[ -n $for_me ]]; then
  allow_me
else
  make_identities
  allow_deployments
  allow_previews
  allow_graph
  connect_devops
fi
summary
