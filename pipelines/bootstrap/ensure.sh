# shellcheck shell=bash disable=SC2034,SC2154 # bootstrap.sh and its parts share their variables
# Doing only what is missing, saying why, and doing nothing at all in a dry run.

made=0

step() { printf '\n== %s\n   %s\n' "$1" "$2"; }

# Makes something unless it is there: ensure <what> <words that az shows it with> -- <words that make it>
ensure() {
  local what=$1 shows=()
  shift
  while [[ $1 != -- ]]; do
    shows+=("$1")
    shift
  done
  shift
  if [[ -n $(found "${shows[@]}") ]]; then
    echo "   is there: $what"
  else
    change "$what" "$@"
  fi
}

# What az finds, or nothing. That something is not there is no error; that az cannot tell is one.
found() {
  local answer
  # In a dry run nothing can be asked about what is not there yet.
  if [[ -n $dry_run && $* == *'<'*'>'* ]]; then return 0; fi
  if answer=$(az "$@" --output tsv 2>"$complaint"); then
    echo "$answer"
  elif ! grep -Eqi 'not ?found|does not exist|could not be found|there were no' "$complaint"; then
    cat "$complaint" >&2
    kill -TERM $$
  fi
}

# Changes something: change <what> <words for az>
change() {
  local what=$1
  shift
  made=$((made + 1))
  if [[ -n $dry_run ]]; then
    printf '   would make: %s\n     az' "$what"
    printf ' %q' "$@"
    echo
  else
    echo "   makes: $what"
    attempt az "$@" --output none
  fi
}

# New identities and roles take a while until all of Azure knows them.
attempt() {
  local tries=${BOOTSTRAP_TRIES:-6}
  while ! "$@" 2>"$complaint"; do
    tries=$((tries - 1))
    if ((tries == 0)) || ! grep -Eq 'PrincipalNotFound|does not exist in the directory|Request_ResourceNotFound' "$complaint"; then
      cat "$complaint" >&2
      exit 1
    fi
    sleep "${BOOTSTRAP_PAUSE:-10}"
  done
}

# A value that later steps need; in a dry run a placeholder where it is not there yet: value <placeholder> <words for az>
value() {
  local placeholder=$1 answer
  shift
  answer=$(found "$@")
  if [[ -z $answer && -n $dry_run ]]; then answer="<$placeholder>"; fi
  if [[ -z $answer ]]; then
    echo "az $* found nothing." >&2
    kill -TERM $$
  fi
  echo "$answer"
}

summary() {
  echo
  if [[ -n $dry_run ]]; then
    echo "A dry run: nothing was changed, $made things would be."
  else
    echo "Ready; $made things were made."
  fi
  local stack
  for stack in ${stacks//,/ }; do
    cat <<TEXT

Pulumi.$stack.yaml                  label: $(label_of "$stack"), resourceGroup: $(group_of "$stack"), location: $location
export PULUMI_BACKEND_URL='$(backend_of "$stack")'
export SECRETS_PROVIDER='$(secrets_provider_of "$stack")'
TEXT
  done
}
