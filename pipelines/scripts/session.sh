# shellcheck shell=bash
# Sourced by the scripts that run Pulumi: which stack, where its state is, and who acts. Needs a signed-in az.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The Node.js that the project installs runs TypeScript as it is; the machine's own may be older.
PATH=$here/../../node_modules/.bin:$PATH

# Names what a script cannot do without, all at once.
need() {
  local name missing=()
  for name in "$@"; do [[ -n ${!name:-} ]] || missing+=("$name"); done
  if ((${#missing[@]})); then
    echo "Missing: ${missing[*]}. docs/deploy.md says what each of them is." >&2
    exit 2
  fi
}

# Everything acts with the session of az, which whoever started the script keeps alive: the providers, the state in Blob
# Storage and the key in Key Vault. No variable holds a credential.
use_az_session() {
  ARM_SUBSCRIPTION_ID=$(az account show --query id --output tsv)
  ARM_TENANT_ID=$(az account show --query tenantId --output tsv)
  export ARM_SUBSCRIPTION_ID ARM_TENANT_ID
  export ARM_USE_DEFAULT_AZURE_CREDENTIAL=true ARM_USE_CLI=true AZURE_TOKEN_CREDENTIALS=AzureCLICredential
  export PULUMI_SKIP_UPDATE_CHECK=true
  # A stack file without a secrets provider takes it from the state, so that no run invents another key.
  export PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true
}

# Opening an empty container as a backend writes into it, which a preview may not do; so this asks whether there is
# anything without opening it.
state_begun() {
  [[ $PULUMI_BACKEND_URL == azblob://* ]] || return 0
  local container=${PULUMI_BACKEND_URL#azblob://} account=${PULUMI_BACKEND_URL##*storage_account=} begun
  begun=$(az storage blob exists --auth-mode login --account-name "${account%%&*}" --container-name "${container%%[?/]*}" \
    --name .pulumi/meta.yaml --query exists --output tsv) || exit
  [[ $begun == [Tt]rue ]]
}

# Fails where the state cannot be read, rather than taking that for "nothing is there".
stack_exists() {
  local stacks
  stacks=$(pulumi stack ls --json) || exit
  grep -q "\"name\": \"\(organization/[^/]*/\)\?$STACK\"" <<<"$stacks"
}

# A run that was lost leaves a lock, and nobody but its owner can know that it is lost.
release_lock() {
  [[ ${RELEASE_LOCK:-false} == true ]] || return 0
  echo "Releasing the lock of $STACK, as asked."
  pulumi cancel --yes --stack "$STACK"
}

# Says an event log of Pulumi in summary.md, and on the page of the run. The switch that makes Pulumi write one
# (PULUMI_DEBUG_COMMANDS) is what its own Automation API uses.
summarize() { # <event log> <title>
  touch "$1"
  node "$here/../summary/main.ts" "$1" "$2" >"$RESULTS_DIR/summary.md"
  if [[ ${TF_BUILD:-} == True ]]; then echo "##vso[task.uploadsummary]$RESULTS_DIR/summary.md"; fi
}
