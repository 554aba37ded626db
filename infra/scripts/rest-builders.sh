#!/bin/sh
# Sends the machines that build images to sleep.
set -eu
az acr agentpool update --registry "$REGISTRY" --name "$POOL" --count 0 --output none
