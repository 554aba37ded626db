#!/usr/bin/env bash
# Waits until a gateway that has just been deployed answers at its public address, and refuses callers without a token:
# smoke.sh <url>. DNS and the load balancer may need minutes after a first deployment.
set -euo pipefail

url=${1:?the address of the gateway}
deadline=$((SECONDS + ${SMOKE_SECONDS:-600}))

options=(--silent --output /dev/null --write-out '%{http_code}' --max-time 10)
# Where the stack makes its own certificate nobody has vouched for it.
if [[ ${ALLOW_SELF_SIGNED:-false} == true ]]; then options+=(--insecure); fi

answer() { curl "${options[@]}" "$1" || true; }

until [[ $(answer "$url/ping") == 200 ]]; do
  if ((SECONDS >= deadline)); then
    echo "$url/ping does not answer with 200. docs/deploy.md, \"When it does not work\", says where to look." >&2
    exit 1
  fi
  sleep "${SMOKE_PAUSE:-10}"
done
status=$(answer "$url/adapters")
if [[ $status != 401 ]]; then
  echo "$url/adapters answers a caller without a token with $status instead of 401: anybody could use this gateway." >&2
  exit 1
fi
echo "$url answers, and refuses callers without a token."
