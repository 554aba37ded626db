# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# What the caller wants, and the names that follow from it.

usage() {
  cat <<'TEXT'
Prepares a subscription, and an Azure DevOps project, for deploying the gateway. May be run again at any time: what is
there already is left alone, what is missing is made. Needs az, signed in as an Owner of the subscription.

  bootstrap.sh --label NAME --location REGION --organization URL --project NAME --approvers WHO [options]
  bootstrap.sh --label NAME --location REGION --for-me [options]

  --label NAME          3 to 14 small letters and digits, beginning with a letter; part of names that must be unique in Azure
  --location REGION     such as westeurope
  --organization URL    such as https://dev.azure.com/contoso
  --project NAME        project in that organization; the repository of the pipelines is in it
  --approvers WHO       who may approve a deployment to prod: users or groups, comma-separated
  --repository NAME     repository in Azure Repos, when its name is not that of the project
  --stacks LIST         environments, comma-separated (dev,prod)
  --subscription ID     subscription, when it is not the one that az has chosen
  --existing-app        sign-in uses an application that somebody else registers: no permissions in Microsoft Graph
  --assign-groups       lets the pipelines use the settings roleGroups and createGroups. Whoever may assign roles of applications
                        in Microsoft Graph can give itself any permission there: leave it out where people assign roles by hand
  --allow-purge         lets "destroy" purge deleted vaults. That is a right on the whole subscription: the pipelines could purge
                        any deleted vault in it that has no purge protection
  --for-me              only what is needed to deploy by hand, for whoever is signed in: no pipelines
  --dry-run             says what would be done, and does nothing
  --help                this text
TEXT
}

parse_arguments() {
  label='' location='' organization='' project='' approvers='' repository='' subscription=''
  stacks=dev,prod for_me='' existing_app='' assign_groups='' allow_purge='' dry_run=''
  while (($#)); do
    case $1 in
      --for-me) for_me=yes ;;
      --existing-app) existing_app=yes ;;
      --assign-groups) assign_groups=yes ;;
      --allow-purge) allow_purge=yes ;;
      --dry-run) dry_run=yes ;;
      --help) usage && exit 0 ;;
      --label | --location | --organization | --project | --approvers | --repository | --stacks | --subscription)
        (($# > 1)) || refuse "$1 needs a value."
        printf -v "${1#--}" %s "$2"
        shift
        ;;
      *) refuse "There is no option \"$1\"." ;;
    esac
    shift
  done
  check_arguments
}

check_arguments() {
  local required=(label location) name stack
  if [[ -z $for_me ]]; then required+=(organization project approvers); fi
  for name in "${required[@]}"; do [[ -n ${!name} ]] || refuse "--$name is missing."; done
  [[ $label =~ ^[a-z][a-z0-9]{2,13}$ ]] || refuse "--label \"$label\" is not 3 to 14 small letters and digits."
  for stack in ${stacks//,/ }; do
    [[ $stack == dev || $stack == prod ]] || refuse "--stacks knows dev and prod, not \"$stack\"."
  done
  if [[ -z $for_me && $organization != https://* ]]; then refuse "--organization is a URL such as https://dev.azure.com/contoso."; fi
  if [[ -n $existing_app && -n $assign_groups ]]; then refuse '--assign-groups is for an application that the pipelines register.'; fi
  repository=${repository:-$project}
  state_group=mg-state-$label
  state_account=mgstate$label
  state_vault=mg-state-$label
}

refuse() {
  printf '%s\n\n' "$1" >&2
  usage >&2
  exit 2
}

# The label of an environment, as its stack has it, and the resource group that the program then takes for its own.
label_of() { echo "$label$1"; }
group_of() { echo "mg-rg-$(label_of "$1")"; }

# Who acts for an environment, or for previews of pull requests.
identity_of() { echo "mg-pipeline-$label-$1"; }

connection_of() { echo "mcp-gateway-$1"; }
