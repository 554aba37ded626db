#!/bin/sh
# Wakes the machines that build images, or sends them to sleep.
set -eu
az acr agentpool update --registry "$REGISTRY" --name "$POOL" --count "$COUNT" --output none
