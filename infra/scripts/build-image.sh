#!/bin/sh
# Builds an image in the registry and prints its digest, and nothing else, on stdout.
set -eu
cd "$(dirname "$0")/../.."

# A registry without public access builds on machines of its own inside the network.
az acr build --registry "$REGISTRY" --image "$REPOSITORY:$TAG" --file "$DOCKERFILE" --platform linux/amd64 \
  ${POOL:+--agent-pool "$POOL"} . >&2

# The registry itself is asked first; where it lets nobody in from outside, Resource Manager knows what was built.
az acr repository show --name "$REGISTRY" --image "$REPOSITORY:$TAG" --query digest --output tsv 2>/dev/null ||
  az acr task list-runs --registry "$REGISTRY" --image "$REPOSITORY:$TAG" --run-status Succeeded --top 1 \
    --query '[0].outputImages[0].digest' --output tsv
