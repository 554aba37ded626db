#!/bin/sh
# Has the vault make a certificate for a host, which it renews itself; one that is there already stays.
set -eu

vault() { command=$1; shift; az keyvault certificate "$command" --vault-name "$VAULT" "$@"; }

# A right that was just granted takes a while to be known everywhere.
tries=${TRIES:-20}
until error=$(vault list --output none 2>&1); do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then
    printf '%s\n' "$error" >&2
    printf 'Whoever deploys needs the role "Key Vault Certificates Officer" on the vault %s or above it.\n' "$VAULT" >&2
    exit 1
  fi
  sleep "${PAUSE:-15}"
done

current=$(vault show --name "$CERTIFICATE" --output tsv \
  --query 'policy.x509CertificateProperties.subjectAlternativeNames.dnsNames[0]' 2>/dev/null || true)
if [ "$current" != "$HOST" ]; then
  vault create --name "$CERTIFICATE" --output none --policy "{
    \"issuerParameters\": { \"name\": \"Self\" },
    \"keyProperties\": { \"exportable\": true, \"keyType\": \"RSA\", \"keySize\": 2048, \"reuseKey\": false },
    \"secretProperties\": { \"contentType\": \"application/x-pkcs12\" },
    \"x509CertificateProperties\": {
      \"subject\": \"CN=MCP gateway\",
      \"subjectAlternativeNames\": { \"dnsNames\": [\"$HOST\"] },
      \"ekus\": [\"1.3.6.1.5.5.7.3.1\"],
      \"keyUsage\": [\"digitalSignature\", \"keyEncipherment\"],
      \"validityInMonths\": 12
    },
    \"lifetimeActions\": [{ \"action\": { \"actionType\": \"AutoRenew\" }, \"trigger\": { \"daysBeforeExpiry\": 30 } }]
  }"
fi
printf '%s\n' "$HOST"
