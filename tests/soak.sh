#!/usr/bin/env bash
# A live mesh at half of its capacity while faults come and go, for ten minutes (SOAK_SECONDS for less): memory stays flat, no descriptor leaks, every request is accounted for.
# Writes docs/results/soak.md; fails where one of these does not hold.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p docs/results
dotnet build benchmarks/Mesh.Benchmarks -c Release --nologo -v quiet -clp:ErrorsOnly
result=$(mktemp)
trap 'rm -f "$result"' EXIT
status=0
dotnet run -c Release --no-build --project benchmarks/Mesh.Benchmarks -- soak tests/soak.yaml --seconds "${SOAK_SECONDS:-600}" >"$result" || status=$?
if [ -s "$result" ]; then { echo '# Soak, last run'; echo; echo 'Written by `tests/soak.sh`.'; echo; cat "$result"; } >docs/results/soak.md; fi
exit "$status"
