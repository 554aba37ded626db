#!/usr/bin/env bash
# Says what a deployment would change, and changes nothing. Writes summary.md to RESULTS_DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/session.sh"
need STACK PULUMI_BACKEND_URL RESULTS_DIR
use_az_session

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$RESULTS_DIR"

if ! state_begun || ! stack_exists; then
  echo "$STACK is not deployed yet: this previews its first deployment, with a state that is thrown away."
  mkdir "$work/state"
  export PULUMI_BACKEND_URL=file://$work/state PULUMI_CONFIG_PASSPHRASE=thrown-away
  # Making a stack writes into its file, which shall be afterwards as it was.
  cp "Pulumi.$STACK.yaml" "$work/stack.yaml"
  trap 'cp "$work/stack.yaml" "Pulumi.$STACK.yaml"; rm -rf "$work"' EXIT
  pulumi stack init "$STACK"
fi

status=0
PULUMI_DEBUG_COMMANDS=true pulumi preview --stack "$STACK" --non-interactive --color never \
  --policy-pack infra/policy --event-log "$work/events" || status=$?
summarize "$work/events" "preview of $STACK"
exit "$status"
