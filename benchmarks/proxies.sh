#!/usr/bin/env bash
# One hop through MeshLab's sidecar beside bare YARP, nginx, HAProxy and Caddy. Installs what is missing of them (Debian).
# Usage: benchmarks/proxies.sh [--seconds N] [--repeats N] [--connections N] [--rate N]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
missing=()
for pair in nginx:nginx-light haproxy:haproxy caddy:caddy wrk:wrk h2load:nghttp2-client; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  # Services are not to start by themselves: each contestant runs in the foreground, with a file of its own.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
dotnet build benchmarks/Mesh.Benchmarks -c Release --nologo -v quiet -clp:ErrorsOnly
dotnet run -c Release --no-build --project benchmarks/Mesh.Benchmarks -- proxies "$@"
