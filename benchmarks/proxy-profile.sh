#!/usr/bin/env bash
# Where the CPU of one hop goes: bare YARP and the sidecar (policy only) under the same load, sampled by perf in turn; µs a request by library. Installs what is missing (Debian).
# Usage: benchmarks/proxy-profile.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive
seconds=3 rounds=${1:-6}
missing=()
for pair in nginx:nginx-light wrk:wrk perf:linux-perf; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  rm -f /usr/sbin/policy-rc.d
fi
dotnet build benchmarks/Mesh.Benchmarks -c Release --nologo -v quiet -clp:ErrorsOnly >/dev/null

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
mkdir "$folder/www"
head -c 1024 /dev/zero | tr '\0' 'x' >"$folder/www/index.html"
chmod -R a+rX "$folder"
cat >"$folder/nginx.conf" <<EOF
worker_processes 1; daemon off; pid $folder/pid; error_log /dev/null;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; server { listen 127.0.0.1:9901; root $folder/www; } }
EOF
nginx -c "$folder/nginx.conf" &

# Time in ticks of a process so far, in user and kernel mode.
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

start() { # contestant, port
  mkfifo "$folder/$1.in"
  DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0 dotnet benchmarks/Mesh.Benchmarks/bin/Release/net10.0/Mesh.Benchmarks.dll serve-proxy "$1" "$2" 9901 <"$folder/$1.in" >/dev/null &
  pids[$1]=$!
  exec {input}>"$folder/$1.in"   # it serves until this is closed
  sleep 3
  wrk -t1 -c32 -d25s "http://127.0.0.1:$2/" >/dev/null   # until the runtime has compiled what is hot a second time
}

measure() { # contestant, port: "CONTESTANT LIBRARY SHARE" into shares, "CONTESTANT µs" into cpu
  perf record -F 2000 -p "${pids[$1]}" -o "$folder/data" -- sleep $((seconds + 2)) >/dev/null 2>&1 &
  local perf=$! before requests
  sleep 1
  before=$(ticks "${pids[$1]}")
  requests=$(wrk -t1 -c32 "-d${seconds}s" "http://127.0.0.1:$2/" | awk '/requests in/ { print $1 }')
  echo "$1 $(awk -v t="$(($(ticks "${pids[$1]}") - before))" -v hz="$(getconf CLK_TCK)" -v n="$requests" 'BEGIN { print t / hz / n * 1e6 }')" >>"$folder/cpu"
  wait "$perf" || true
  # A compiled method is "… [Assembly] Type::Method(…)": the last assembly before "::" is its own. A stub has none.
  perf report -i "$folder/data" --no-children --stdio -g none --sort dso,sym --percent-limit 0 2>/dev/null | grep -E '^ +[0-9.]+%' | awk -v who="$1" '
    { library = $2
      if (library == "[JIT]") {
        head = $0; library = "stubs"
        if (sub(/::.*/, "", head)) while (match(head, /\[[A-Z][A-Za-z.]*\] /)) { library = substr(head, RSTART + 1, RLENGTH - 3); head = substr(head, RSTART + RLENGTH) }
      }
      sum[library] += $1 }
    END { for (library in sum) print who, library, sum[library] }' >>"$folder/shares"
}

declare -A pids
start yarp 9911
start sidecar 9912
for _ in $(seq "$rounds"); do
  measure yarp 9911
  measure sidecar 9912
done

awk '
  FNR == NR { cpu[$1] += $2; rounds[$1]++; next }
  { value[$2, $1] += $3; total[$1] += $3; seen[$2] = 1 }
  END {
    for (who in cpu) cpu[who] /= rounds[who]
    for (library in seen) {
      a = value[library, "yarp"] / total["yarp"] * cpu["yarp"]; b = value[library, "sidecar"] / total["sidecar"] * cpu["sidecar"]
      if (a > 0.3 || b > 0.3) printf "| %s | %.1f | %.1f | %+.1f |\n", library, a, b, b - a
    }
    printf "| in all | %.1f | %.1f | %+.1f |\n", cpu["yarp"], cpu["sidecar"], cpu["sidecar"] - cpu["yarp"]
  }' "$folder/cpu" "$folder/shares" | sort -t'|' -k5 -rg | { echo "| library | bare YARP, µs | sidecar, µs | difference |"; echo "|---|---|---|---|"; cat; }
