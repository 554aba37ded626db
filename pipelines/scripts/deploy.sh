#!/usr/bin/env bash
# Makes the cloud what the program says; may be run again at any time, after any failure. Writes the outputs, and an
# mcp.json that clients can use, to RESULTS_DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/session.sh"
need STACK PULUMI_BACKEND_URL SECRETS_PROVIDER RESULTS_DIR
use_az_session

if ! stack_exists; then
  pulumi stack init "$STACK" --secrets-provider "$SECRETS_PROVIDER"
fi
release_lock
pulumi up --stack "$STACK" --yes --non-interactive --color never --policy-pack infra/policy \
  --message "${BUILD_BUILDNUMBER:-by hand}"

mkdir -p "$RESULTS_DIR"
pulumi stack output --stack "$STACK" --json >"$RESULTS_DIR/outputs.json"
pulumi stack output --stack "$STACK" mcpJson >"$RESULTS_DIR/mcp.json"
url=$(pulumi stack output --stack "$STACK" url)
echo "The gateway of $STACK: $url"
echo "##vso[task.setvariable variable=gatewayUrl;isOutput=true]$url"
echo "##vso[task.setvariable variable=publicAddress;isOutput=true]$(pulumi stack output --stack "$STACK" publicAddress)"
echo "##vso[task.setvariable variable=fqdn;isOutput=true]$(pulumi stack output --stack "$STACK" fqdn)"
