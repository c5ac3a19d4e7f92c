#!/usr/bin/env bash
# Makes every picture of docs/policies, with MeshLab. Usage: docs/policies/pictures.sh   (about three minutes)
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p docs/policies/pictures
dotnet build -c Release Mesh.Scenarios --nologo -v quiet
gallery=scenarios/gallery
own=docs/policies/scenarios     # made for a picture

# picture NAME CHART run|compare ARGUMENTS...
picture() {
  local name=$1 chart=$2
  shift 2
  dotnet Mesh.Scenarios/bin/Release/net10.0/meshlab.dll "$@" --quiet --report "$work/$name" >/dev/null 2>&1 || [ $? -eq 1 ]
  cp "$work/$name/$chart.png" "docs/policies/pictures/$name.png"
}

picture retries attempts-over-time run $gallery/retry-storm.yaml
picture retry-budgets success-over-time run $gallery/retry-storm-with-budget.yaml
picture hedging latency-by-variant compare $gallery/hedging-the-tail.yaml --vary 'mesh.services.search.hedge=null,{percentile: 95%, budget: 10%}'
picture circuit-breaker success-over-time run $gallery/breaker-too-eager.yaml
picture load-balancing latency-by-variant compare $gallery/grey-failure.yaml --vary mesh.services.api.loadBalancer=roundRobin,leastRequest,peakEwma,joinIdleQueue,prequal
picture locality success-over-time run $gallery/zone-outage-with-failover.yaml --set mesh.defaults.retries=null --set zones=[b,a]
picture panic-threshold success-over-time run $gallery/panic-threshold.yaml
picture slow-start latency-by-variant compare $gallery/slow-start.yaml --vary 'mesh.services.api.slowStart=null,{window: 60s, minimum: 5%}'
picture outlier-detection success-over-time run $gallery/outlier-detection-never-fires.yaml --set mesh.services.api.outlierDetection.maxEjectionPercent=50%
picture failure-accrual success-over-time run $gallery/outlier-detection-never-fires.yaml --set mesh.services.api.outlierDetection=null --set 'mesh.services.api.failureAccrual={maxFailures: 7}'
picture health-checks success-over-time run $gallery/panic-threshold.yaml --set 'mesh.services.api={loadBalancer: roundRobin, panicThreshold: 0%, healthCheck: {interval: 2s, noTrafficInterval: 2s, unhealthyThreshold: 3}}'
picture adaptive-concurrency latency-over-time run $gallery/adaptive-concurrency.yaml
picture admission-control success-over-time run $gallery/retry-storm.yaml --set 'mesh.services.database.admissionControl={window: 10s}'
picture client-throttling success-over-time run $gallery/retry-storm.yaml --set 'mesh.services.database.throttle={window: 10s}'
picture faults latency-over-time run $gallery/zone-outage.yaml
picture traffic-splitting success-over-time run $gallery/canary.yaml --set 'mesh.services.cart.split={v1: 50, v2: 50}'
picture authorization success-over-time run $own/authorization.yaml
picture deadlines latency-by-variant compare $own/deadlines.yaml --replications 2 --vary 'mesh.services.reports=null,{timeout: 500ms, perTryTimeout: 150ms, retries: {on: [5xx]}}'
picture limits latency-by-variant compare $own/limits.yaml --replications 2 --vary 'mesh.services.recommendations.limits=null,{maxRequests: 16}'
picture load-shedding utilisation-per-replica run $own/load-shedding.yaml
picture mirroring utilisation-per-replica run $own/mirroring.yaml
picture rate-limiting throughput-over-time run $own/rate-limiting.yaml
picture routing utilisation-per-replica run $own/routing.yaml
picture subsetting utilisation-per-replica run $own/subsetting.yaml
picture mutual-tls latency-by-variant compare scenarios/quickstart.yaml --replications 2 --set duration=20s --vary network.mutualTls=false,true
picture profiles latency-by-variant compare $gallery/grey-failure.yaml --set mesh.services=null --vary mesh.profile=envoy,istio,linkerd,consul
