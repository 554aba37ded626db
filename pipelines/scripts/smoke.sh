#!/usr/bin/env bash
# Waits until a gateway that has just been deployed answers at its public address, and refuses callers without a token:
# smoke.sh <url>. DNS and the load balancer may need minutes after a first deployment. PUBLIC_ADDRESS and FQDN are where
# the gateway is; a name of somebody's own can lead there only once the address exists, and is warned about until it does.
set -euo pipefail

url=${1:?the address of the gateway}
deadline=$((SECONDS + ${SMOKE_SECONDS:-600}))

options=(--silent --output /dev/null --write-out '%{http_code}' --max-time 10)
# Where the stack makes its own certificate nobody has vouched for it.
if [[ ${ALLOW_SELF_SIGNED:-false} == true ]]; then options+=(--insecure); fi

# By what programs on this machine use, and empty where there is no such name.
addresses_of() {
  node -e 'require("node:dns/promises").lookup(process.argv[1], { all: true }).then((found) => found.forEach(({ address }) => console.log(address)), () => {})' "$1"
}

host=${url#*://}
host=${host%%/*}
port=443
if [[ $url == http://* ]]; then port=80; fi
if [[ $host == *:* ]]; then port=${host##*:}; fi
host=${host%%:*}
# Azure makes the record of its own name.
if [[ -n ${PUBLIC_ADDRESS:-} && $host != "${FQDN:-}" ]] && ! addresses_of "$host" | grep -Fxq "$PUBLIC_ADDRESS"; then
  echo "##vso[task.logissue type=warning]$host does not lead to the gateway. Make the DNS record: $host CNAME ${FQDN:-of the gateway}, or $host A $PUBLIC_ADDRESS"
  options+=(--resolve "$host:$port:$PUBLIC_ADDRESS")
fi

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
