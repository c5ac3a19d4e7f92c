#!/usr/bin/env bash
# Clients and servers that we did not write, through two sidecars and mutual TLS: curl, wrk, h2load, nghttp, Node's grpc-js and ws; nginx, Caddy and Node as upstreams.
# Then faults in such a mesh, and its control plane killed under load (CHAOS_SECONDS before and after, default 60).
# Installs what is missing (Debian, npm). Writes docs/results/interop.md and chaos.md; fails where one row does. Takes about six minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
missing=()
for pair in nginx:nginx-light caddy:caddy wrk:wrk h2load:nghttp2-client node:nodejs npm:npm curl:curl; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ ${#missing[@]} -gt 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; fi
cp tests/interop/*.js tests/interop/*.proto "$work/"
(cd "$work" && npm install --silent --no-audit --no-fund @grpc/grpc-js@1 @grpc/proto-loader@0.7 ws@8 >/dev/null 2>&1)
dotnet build Mesh.Scenarios -c Release --nologo -v quiet -clp:ErrorsOnly
ulimit -n "$(ulimit -Hn)"
mkdir -p docs/results
status=0
python3 tests/interop/interop.py "$work" docs/results/interop.md || status=$?
python3 tests/interop/chaos.py "$work" docs/results/chaos.md || status=$?
exit "$status"
