#!/usr/bin/env bash
# The long suite: theory at tight intervals, then every benchmark, then ten minutes of soak. Takes about forty minutes on two cores; its output is committed.
# Usage: tests/long-suite.sh [benchmark options, such as --simsharp ../SimSharp]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p docs/results
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build MeshLab.sln -c Release --nologo -v quiet
python=/usr/bin/python3
"$python" -c 'import simpy' 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-simpy3 >/dev/null; }

status=0
MESHLAB_SUITE=long MESHLAB_FIGURES="$work/figures.tsv" \
  dotnet test tests/Mesh.Theory.Tests -c Release --no-build --logger 'console;verbosity=normal' >"$work/theory.log" || status=$?
{
  echo '# Theory, long suite'
  echo
  echo 'Written by `tests/long-suite.sh`. Each row is one check: the interval of the mean over replications with the seeds 1 to R (confidence 99.9%) against the closed form,'
  echo 'or against an independent simulation with its own half width. Rows marked *mutant* are wrong models that must not agree.'
  echo
  echo '| check | replications | measured | half width | half width, relative | expected | agrees |'
  echo '|---|---|---|---|---|---|---|'
  sort "$work/figures.tsv" | awk -F'\t' '{ printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7 }'
  echo
  echo '```'
  grep -E '^(Total tests|     Passed|     Failed| Total time)' "$work/theory.log" || true
  echo '```'
} >docs/results/theory.md

{ echo '# Benchmarks, last run of the long suite'; echo; dotnet run -c Release --no-build --project benchmarks/Mesh.Benchmarks -- kernel --python "$python" "$@"; echo; \
  dotnet run -c Release --no-build --project benchmarks/Mesh.Benchmarks -- hops; } >docs/results/benchmarks.md
tests/interop.sh || status=$?
tests/soak.sh || status=$?
exit "$status"
