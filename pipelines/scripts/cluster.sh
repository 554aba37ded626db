#!/usr/bin/env bash
# Runs the cluster suite on a Kubernetes of kind that lives as long as this script.
set -euo pipefail

: "${RESULTS_DIR:?the folder for results}"
# The node that kind 0.30.0 was released with.
node=kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a
cluster=mcp-gateway-check

KUBECONFIG=$(mktemp)
export KUBECONFIG CLUSTER_LOAD_IMAGE="kind load docker-image --name $cluster"
end() {
  local status=$?
  if ((status != 0)); then kind export logs --name "$cluster" "$RESULTS_DIR/kind" || true; fi
  kind delete cluster --name "$cluster" || true
  rm -f "$KUBECONFIG"
}
trap end EXIT

kind create cluster --name "$cluster" --image "$node" --wait 180s
"$(dirname "${BASH_SOURCE[0]}")/test.sh" test:cluster
