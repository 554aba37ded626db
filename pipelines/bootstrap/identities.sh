# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# Who the pipelines are: managed identities that trust one service connection each, so that there is no secret.

make_identities() {
  step 'Identities' 'One per environment, and a weak one for previews, which run the code of pull requests.'
  local who
  for who in preview ${stacks//,/ }; do
    ensure "$(identity_of "$who")" identity show --name "$(identity_of "$who")" --resource-group "$state_group" --query id -- \
      identity create --name "$(identity_of "$who")" --resource-group "$state_group" --location "$location"
  done
}

# principalId or clientId: identity_value <who> <which>
identity_value() {
  value "$2 of $(identity_of "$1")" identity show --name "$(identity_of "$1")" --resource-group "$state_group" --query "$2"
}

# The identity believes tokens that Azure DevOps issues for this service connection, and no others. A connection that was
# made anew has another subject; the credential is changed then, for the lock on the group lets nobody delete it.
trust_connection() { # <who> <issuer> <subject>
  local credential verb=create
  credential=(--identity-name "$(identity_of "$1")" --resource-group "$state_group")
  if [[ -n $(found identity federated-credential show --name azure-devops "${credential[@]}" --query id) ]]; then verb=update; fi
  ensure "federated credential of $(identity_of "$1")" identity federated-credential list "${credential[@]}" \
    --query "[?name=='azure-devops' && issuer=='$2' && subject=='$3'].id" -- \
    identity federated-credential "$verb" --name azure-devops "${credential[@]}" \
    --issuer "$2" --subject "$3" --audiences api://AzureADTokenExchange
}
