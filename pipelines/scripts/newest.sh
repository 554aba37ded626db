#!/usr/bin/env bash
# Refuses a commit that main has left behind: an approval may wait for days, and an older run that is approved after a newer
# one would roll prod back. What deploy.yml starts no run for does not count, for nothing else would deploy it.
set -euo pipefail

# Nothing of it stays in the checkout, and it is no argument that other processes could read.
if [[ ${BUILD_REPOSITORY_PROVIDER:-} == TfsGit ]]; then
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader GIT_CONFIG_VALUE_0="AUTHORIZATION: bearer ${SYSTEM_ACCESSTOKEN:-}"
fi
git fetch --quiet --depth 1 origin refs/heads/main

if ! git diff --quiet HEAD FETCH_HEAD -- . ':(exclude)docs' ':(exclude)README.md'; then
  echo "This run is of $(git rev-parse --short HEAD), and main is at $(git rev-parse --short FETCH_HEAD) by now: nothing was deployed." >&2
  echo 'Approve the run of that commit instead; to go back to older sources, revert on main.' >&2
  exit 1
fi
