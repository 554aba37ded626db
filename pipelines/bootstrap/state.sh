# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# The subscription, the resource groups, and where Pulumi keeps its state and the key to its secrets.

# What the program makes resources of, and what a cluster makes for itself: machines, policies, container insights.
PROVIDERS=(
  Microsoft.Authorization Microsoft.Compute Microsoft.ContainerRegistry Microsoft.ContainerService Microsoft.DocumentDB
  Microsoft.Insights Microsoft.KeyVault Microsoft.ManagedIdentity Microsoft.Network Microsoft.OperationalInsights
  Microsoft.OperationsManagement Microsoft.PolicyInsights Microsoft.Storage
)

choose_subscription() {
  step 'Subscription' 'Everything is made in one subscription, as whoever is signed in with az.'
  if [[ -z $subscription ]]; then subscription=$(value subscription account show --query id); fi
  az account set --subscription "$subscription"
  tenant=$(value tenant account show --query tenantId)
  echo "   $(value name account show --query name) ($subscription)"
}

register_providers() {
  step 'Resource providers' 'Registered once per subscription; a pipeline has no right to do it.'
  local provider
  for provider in "${PROVIDERS[@]}"; do
    if [[ $(found provider show --namespace "$provider" --query registrationState) == Registered ]]; then
      echo "   is there: $provider"
    else
      change "$provider" provider register --namespace "$provider" --wait
    fi
  done
}

make_groups() {
  step 'Resource groups' 'One for the state, one per environment, so that roles reach no further than one environment.'
  local group stack
  for group in "$state_group" $(for stack in ${stacks//,/ }; do group_of "$stack"; done); do
    ensure "$group" group show --name "$group" --query id -- \
      group create --name "$group" --location "$location"
  done
  ensure 'lock against deleting the state' \
    lock show --name keep-state --resource-group "$state_group" --query id -- \
    lock create --name keep-state --resource-group "$state_group" --lock-type CanNotDelete
}

make_state_account() {
  step 'State' 'Blob Storage without keys: only identities get in. Old versions and deleted blobs are kept for 30 days.'
  ensure "$state_account" storage account show --name "$state_account" --resource-group "$state_group" --query id -- \
    storage account create --name "$state_account" --resource-group "$state_group" --location "$location" \
    --sku Standard_GRS --kind StorageV2 --min-tls-version TLS1_2 --https-only true \
    --allow-blob-public-access false --allow-shared-key-access false
  local versions=(storage account blob-service-properties show --account-name "$state_account" --resource-group "$state_group")
  if [[ $(found "${versions[@]}" --query isVersioningEnabled) == [Tt]rue ]]; then
    echo '   is there: versions of blobs'
  else
    change 'versions of blobs' storage account blob-service-properties update --account-name "$state_account" \
      --resource-group "$state_group" --enable-versioning true --enable-delete-retention true --delete-retention-days 30 \
      --enable-container-delete-retention true --container-delete-retention-days 30
  fi
  local stack
  for stack in ${stacks//,/ }; do
    ensure "container $(container_of "$stack")" storage container-rm show --name "$(container_of "$stack")" \
      --storage-account "$state_account" --resource-group "$state_group" --query id -- \
      storage container-rm create --name "$(container_of "$stack")" --storage-account "$state_account" --resource-group "$state_group"
  done
}

make_keys() {
  step 'Keys' 'A key per environment encrypts the secrets in its state; it never leaves the vault.'
  ensure "$state_vault" keyvault show --name "$state_vault" --resource-group "$state_group" --query id -- \
    keyvault create --name "$state_vault" --resource-group "$state_group" --location "$location" \
    --enable-rbac-authorization true --enable-purge-protection true --retention-days 90
  local stack url
  for stack in ${stacks//,/ }; do
    # By the management plane, which needs no role in the vault; it leaves a key that exists as it is.
    url="https://management.azure.com$(key_of "$stack")?api-version=2023-07-01"
    ensure "key $(container_of "$stack")" rest --method get --url "$url" --query id -- \
      rest --method put --url "$url" --body '{"properties":{"kty":"RSA","keySize":3072,"keyOps":["encrypt","decrypt"]}}'
  done
}

container_of() { echo "pulumi-$1"; }
account_id() { echo "$(group_id "$state_group")/providers/Microsoft.Storage/storageAccounts/$state_account"; }
key_of() { echo "$(group_id "$state_group")/providers/Microsoft.KeyVault/vaults/$state_vault/keys/$(container_of "$1")"; }
group_id() { echo "/subscriptions/$subscription/resourceGroups/$1"; }
backend_of() { echo "azblob://$(container_of "$1")?storage_account=$state_account"; }
secrets_provider_of() { echo "azurekeyvault://$state_vault.vault.azure.net/keys/$(container_of "$1")"; }
