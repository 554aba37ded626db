#!/usr/bin/env bash
# Compares the cloud with the state of the last deployment and fails where somebody has changed something by hand.
# Changes nothing. Writes summary.md to RESULTS_DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/session.sh"
need STACK PULUMI_BACKEND_URL RESULTS_DIR
use_az_session

mkdir -p "$RESULTS_DIR"
if ! stack_exists; then
  echo "$STACK is not deployed: nothing can have drifted." | tee "$RESULTS_DIR/summary.md"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
PULUMI_DEBUG_COMMANDS=true pulumi refresh --stack "$STACK" --preview-only --expect-no-changes --non-interactive \
  --color never --event-log "$work/events" || status=$?
summarize "$work/events" "drift of $STACK"
exit "$status"
