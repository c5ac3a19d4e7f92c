#!/usr/bin/env bash
# The hop benchmark of two builds, in turn, ten times: the change in time a hop with its 95% interval (paired), and bytes a hop.
# Usage: benchmarks/compare-builds.sh OLD_CHECKOUT NEW_CHECKOUT [ROUNDS] [HOPS]      (both built: dotnet build -c Release benchmarks/Mesh.Benchmarks)
set -euo pipefail
old=$1 new=$2 rounds=${3:-10} hops=${4:-300000}
out=$(mktemp)
trap 'rm -f "$out"' EXIT

for ((round = 1; round <= rounds; round++)); do
  for build in "$old" "$new"; do
    dotnet "$build/benchmarks/Mesh.Benchmarks/bin/Release/net10.0/Mesh.Benchmarks.dll" hops --repeats 1 --hops "$hops" 2>/dev/null |
      awk -F'|' -v round="$round" -v build="$([ "$build" = "$old" ] && echo old || echo new)" \
        '/^\| (routing|\+ )/ { gsub(/^ +| +$/, "", $2); print round "\t" build "\t" $2 "\t" $4 + 0 "\t" $6 + 0 }' >>"$out"
  done
  echo "round $round of $rounds" >&2
done

python3 - "$out" <<'PY'
import collections, statistics, sys
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # 97.5% of Student's t, by the number of pairs
rows = collections.defaultdict(lambda: {"old": [], "new": []})
for line in open(sys.argv[1]):
    _, build, step, nanoseconds, size = line.rstrip("\n").split("\t")
    rows[step][build].append((float(nanoseconds), float(size)))
print("| a hop is made of | old, ns | new, ns | change in time, paired, 95% | old, bytes | new, bytes |\n|---|---|---|---|---|---|")
for step, both in rows.items():
    change = [n[0] / o[0] - 1 for o, n in zip(both["old"], both["new"])]
    half = T.get(len(change), 2.0) * statistics.stdev(change) / len(change) ** 0.5
    old, new = (statistics.median(x[0] for x in both[b]) for b in ("old", "new"))
    print(f"| {step} | {old:.0f} | {new:.0f} | {statistics.mean(change):+.1%} ± {half:.1%} | {both['old'][-1][1]:.0f} | {both['new'][-1][1]:.0f} |")
PY
