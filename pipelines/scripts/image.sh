#!/usr/bin/env bash
# Builds one image, writes its bill of materials (CycloneDX and SPDX) and fails on faults of it that are grave, known and
# mended elsewhere: image.sh <name>
set -euo pipefail

: "${RESULTS_DIR:?the folder for results}"
name=$1
dockerfile=$(find . -path ./node_modules -prune -o -path "*/$name/Dockerfile" -print)
if [[ -z $dockerfile ]]; then
  echo "There is no Dockerfile of \"$name\"." >&2
  exit 2
fi
mkdir -p "$RESULTS_DIR"
tag=mcp-gateway-check/$name:${BUILD_BUILDID:-local}

docker build --file "$dockerfile" --tag "$tag" .
syft scan "docker:$tag" --output "cyclonedx-json=$RESULTS_DIR/$name.cdx.json" --output "spdx-json=$RESULTS_DIR/$name.spdx.json"
grype "sbom:$RESULTS_DIR/$name.cdx.json" --only-fixed --fail-on high --output table --output "sarif=$RESULTS_DIR/$name.sarif"
