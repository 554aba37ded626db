#!/usr/bin/env bash
# Runs one of the npm scripts that are jest, with what it found written to RESULTS_DIR as JUnit: test.sh <script> [--coverage]
set -euo pipefail

: "${RESULTS_DIR:?the folder for results}"
script=$1
shift
mkdir -p "$RESULTS_DIR"

options=(--ci --reporters=default --reporters=jest-junit)
if [[ ${1:-} == --coverage ]]; then
  options+=(--coverage --coverageProvider=v8 --coverageReporters=text-summary --coverageReporters=cobertura)
  options+=("--coverageDirectory=$RESULTS_DIR/coverage")
fi
export JEST_JUNIT_OUTPUT_FILE="$RESULTS_DIR/${script//:/-}.junit.xml"
npm run "$script" -- "${options[@]}"
