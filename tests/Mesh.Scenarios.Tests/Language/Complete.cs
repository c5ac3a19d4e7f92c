using Mesh.Runtime.LoadBalancing;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>A scenario that uses every key of the language.</summary>
internal static class Complete
{
    /// <summary>A balancer of the program's own has to be registered before a file may ask for it; no test here picks with it.</summary>
    static Complete() => LoadBalancers.Register("own", _ => throw new NotSupportedException());

    public static readonly string Text = """
        version: 1
        name: complete
        description: Every key of the language.
        seed: 42
        duration: 90s
        warmup: 10s
        replications: 5
        zones: [a, b]
        network:
          sameZone: {latency: {mean: 0.3ms, p99: 1ms}}
          crossZone: {latency: {mean: 1.2ms, p99: 4ms}, bandwidth: 1Gbit/s, loss: 0.01%}
          mutualTls: true
        sidecar: {perRequest: 0.2ms, perHandshake: 1ms, workers: 4}
        services:
          storefront:
            replicas: 3
            zones: {a: 2, b: 1}
            workers: 32
            queue: 64
            serviceTime: {distribution: lognormal, mean: 4ms, p99: 15ms}
            labels: {tier: gold}
            namespace: shop
            discipline: processorSharing
            hold: wholeCall
            stopsWhenAbandoned: true
            endpoints:
              - path: /checkout
                serviceTime: {distribution: gamma, mean: 6ms, shape: 2}
                errorRate: 0.1%
                responseSize: 16KiB
                responseHeaders: {x-kind: checkout}
                calls:
                  - {to: cart, path: /cart, method: POST, size: 1KB, headers: {x-tier: free}}
                  - parallel:
                      - {to: payments, path: /pay}
                      - {to: stock, path: /reserve, probability: 70%, optional: true}
                      - oneOf: [{to: cart, path: /cart}, {sleep: 1ms, weight: 2}]
                  - sleep: {min: 1ms, max: 2ms}
              - path: /home
                calls: [{oneOf: [{to: cart, path: /cart, weight: 3}, {to: stock, weight: 1}]}]
          cart: {replicas: 4, workers: 16, serviceTime: {mean: 3ms, cv: 1.5}, queue: unlimited}
          stock: {replicas: 4, workers: 16, serviceTime: {distribution: empirical, min: 1ms, p50: 2ms, p90: 5ms, p95: 8ms, p99: 12ms, p999: 20ms, max: 40ms}, address: [127.0.0.1:8080]}
          payments:
            workers: 8
            account: payments-sa
            versions:
              v1: {replicas: 4, serviceTime: {mean: 20ms, p99: 80ms}}
              v2: {replicas: 1, serviceTime: {mean: 18ms, p99: 70ms}, errorRate: 0.5%, zones: {a: 1}, labels: {canary: "yes"}, errorStatus: 502, errorGrpcStatus: 14, responseHeaders: {x-envoy-degraded: "true"}, errorHeaders: {retry-after: "2"}}
          search: {replicas: 2, command: [node, search.js, "{port}"], environment: {LOG_LEVEL: debug}, readyPath: /healthz, readyWithin: 20s}
        mesh:
          profile: envoy
          defaults:
            loadBalancer: {algorithm: leastRequest, fullScan: true, activeRequestBias: 1.5}
            timeout: 2s
            idleTimeout: 30s
            deadlinePropagation: true
          services:
            payments:
              loadBalancer: {algorithm: peakEwma, choices: 3, withReplacement: false, decay: 5s, defaultLatency: 20ms, failurePenalty: 1s}
              outlierDetection:
                consecutive5xx: 5
                consecutiveGatewayFailure: 5
                consecutiveLocalOriginFailure: 5
                interval: 10s
                baseEjectionTime: 30s
                maxEjectionTime: 300s
                maxEjectionTimeJitter: 1s
                maxEjectionPercent: 20%
                alwaysEjectOneHost: true
                splitExternalLocalOriginErrors: true
                enforcingConsecutive5xx: 100%
                enforcingConsecutiveGatewayFailure: 50%
                enforcingConsecutiveLocalOriginFailure: 100%
                enforcingSuccessRate: 100%
                enforcingLocalOriginSuccessRate: 100%
                enforcingFailurePercentage: 10%
                enforcingFailurePercentageLocalOrigin: 10%
                successRateMinimumHosts: 5
                successRateRequestVolume: 100
                successRateStdevFactor: 1900
                failurePercentageThreshold: 85%
                failurePercentageMinimumHosts: 5
                failurePercentageRequestVolume: 50
                successfulActiveHealthCheckUnejectHost: true
              healthCheck: {protocol: http, path: /healthz, expectedStatuses: [200, 202-204], usesWorkers: true, interval: 5s, timeout: 1s, unhealthyThreshold: 3, healthyThreshold: 2, initialJitter: 1s, intervalJitter: 1s, intervalJitterPercent: 10%,
                noTrafficInterval: 60s, noTrafficHealthyInterval: 30s, unhealthyInterval: 5s, unhealthyEdgeInterval: 2s, healthyEdgeInterval: 2s}
              perTryTimeout: 250ms
              retries:
                attempts: 2
                on: [5xx, reset, connect-failure, 429, retriable-headers]
                retriableHeaders: {x-try-again: {present: true}}
                backoff: {style: linkerd, base: 25ms, max: 250ms, jitter: 50%}
                budget: {percent: 20%, minConcurrent: 3, interval: 10s}
                avoidTried: 5
                previousPriorities: 1
                honorRetryAfter: true
                retryAfterMax: 60s
                maxBody: 64KiB
                idempotentOnly: true
              hedge: {delay: 50ms, percentile: 95%, window: 30s, minSamples: 100, minDelay: 2ms, max: 1, onPerTryTimeout: true, budget: 10%}
              circuitBreaker: {failureRatio: 50%, window: 10s, minThroughput: 20, openFor: 5s}
              adaptiveConcurrency: {algorithm: aimd, backoffRatio: 90%, latencyTimeout: 5s}
              limits: {maxRequests: 100, maxConnections: 50, maxPendingRequests: 10, maxRetries: 3, connectTimeout: 2s, idleTimeout: 1m}
            search:
              loadBalancer: {custom: own}
            stock:
              loadBalancer: {algorithm: prequal, probesPerPick: 3, probePool: 16, probeMaxAge: 1s, hotQuantile: 84%}
              healthCheck: {protocol: tcp, send: PING, receive: PONG}
              failureAccrual: {maxFailures: 7, minPenalty: 1s, maxPenalty: 60s, jitterRatio: 50%, successRate: {threshold: 80%, window: 10s, minRequests: 5}, honorRetryAfter: true}
              retries: {budget: {ratio: 20%, minPerSecond: 10, window: 10s}}
              locality: {failover: [b, a], overprovisioningFactor: 150%}
              subsetting: 3
              adaptiveConcurrency: {algorithm: gradient2, initialLimit: 30, window: 1s, smoothing: 20%, longWindow: 600, tolerance: 1.5, queueSize: 4}
              throttle: {k: 2, window: 2m}
              rateLimit: {tokensPerFill: 10, fillInterval: 100ms, burst: 20, alwaysConsumeDefault: true, shared: true, enforced: 100%, maxDynamicDescriptors: 50,
                per: [{header: x-tier, value: '*', rate: 10/s, burst: 5}, {path: /stock, method: GET, caller: cart, rate: 60/m}, {route: reads, rate: 5/s}]}
              routes: [{name: reads, match: {method: GET}}]
            cart:
              loadBalancer: {algorithm: ringHash, hashOn: {cookie: session}, minRingSize: 1024, maxRingSize: 4096, hashFunction: xxHash64, hashBalanceFactor: 150}
              adaptiveConcurrency: {algorithm: vegas, probeMultiplier: 30}
              admissionControl: {window: 30s, successThreshold: 95%, aggression: 1, maxRejection: 80%, minRequestRate: 5}
              locality: {zoneAware: true, minClusterSize: 4, priorities: [[a, b]]}
              slowStart: {window: 30s, minimum: 20%, aggression: 1.5}
              subsetting: {size: 3, algorithm: ring}
              panicThreshold: 40%
              rateLimit: {rate: 50/s, global: true, globalTimeout: 20ms, failureModeDeny: true}
              healthCheck: {protocol: grpc, service: shop.Cart}
            storefront:
              loadBalancer: {algorithm: maglev, hashOn: {source: true}, tableSize: 65537}
              locality: {distribute: {a: {a: 80%, b: 20%}}}
              subsets: {gold: {labels: {tier: gold}}}
              adaptiveConcurrency: {minLimit: 3, maxLimit: 500, updateInterval: 100ms, percentile: 50%, minRtt: {interval: 60s, requests: 50, jitter: 15%, buffer: 25%, fixed: 5ms}}
              loadShedding: {maxRequests: 100, header: x-tier, values: {gold: critical, free: sheddable}, shares: {critical: 100%, high: 95%, default: 90%, low: 75%, sheddable: 50%}}
              split: {weights: {v1: 95, gold: 5}, stickyHeader: x-user}
              mirror: {to: cart, version: v1, percent: 10%}
              jwt: [{issuer: login.example, audiences: [shop], fromHeaders: [{name: x-token, prefix: T}], fromParams: [token], jwks: keys.json, clockSkew: 5s}, {issuer: b.example, jwksUri: "https://b.example/keys"}]
              mtls: strict
              authorization:
                custom: [{from: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.9.0.0/16], remoteIpBlocks: [203.0.113.0/24], notRemoteIpBlocks: [203.0.113.9]}}]
                customAllows: [{}]
                audit: [{to: {methods: [DELETE]}}]
                deny: [{from: [{notPrincipals: [ingress], notNamespaces: [default], notTrustDomains: [cluster.local], notRequestPrincipals: ["*"]}], to: {notHosts: [a], notPorts: ["81"], notMethods: [GET], notPaths: [/a]}}]
                allow:
                  - {from: {principals: [ingress], namespaces: [default], trustDomains: [cluster.local], requestPrincipals: ["*"]}}
                  - {to: [{hosts: [storefront], ports: ["80"], methods: [GET], paths: ["/{**}"]}], when: [{key: source.namespace, values: [default], notValues: [shop]}]}
              routes:
                - name: everything
                  match:
                    - {authority: {exact: shop.example}, path: {exact: /home}, method: GET, headers: {x-a: {suffix: a}, x-b: {present: true}}, query: {page: {regex: "[0-9]+"}}, from: ingress}
                    - {path: {template: "/users/{id}"}, from: {service: ingress, namespace: default, labels: {tier: gold}}}
                  headers: {request: {set: {x-a: "1"}, add: {x-b: "2"}, remove: [x-c]}, response: {remove: x-d}}
                  rewrite: {authority: shop.example, path: /home}
                - {match: {path: {prefix: /old}}, redirect: {status: 301, authority: shop.example, prefix: /new}}
                - {match: {path: /teapot}, directResponse: {status: 418, size: 1KB}}
        workload:
          - name: shoppers
            to: storefront
            mix: [{path: /checkout, weight: 1}, {path: /home, method: GET, weight: 4, headers: {x-tier: free}, size: 128B, authority: shop.example, port: 8080, query: {page: "1"}, remoteAddress: 203.0.113.7, token: {issuer: login.example, subject: ann, audiences: [shop], notBefore: 1s, expires: 60s, header: x-token, claims: {groups: [staff]}}}]
            arrivals: poisson
            stages: [{for: 30s, rate: 400/s}, {for: 60s, rate: 400/s, rampTo: 36000/m}]
            timeout: 10s
          - {name: robots, to: cart, mix: [{path: /cart}], arrivals: constant, rate: 20/s}
          - {name: clerks, to: stock, arrivals: closed, users: 10, thinkTime: {mean: 1s}}
        scale:
          - {at: 30s, service: payments, version: v2, replicas: 2}
        faults:
          - name: brownout
            at: 30s
            for: 10s
            every: 20s
            ramp: 2s
            target: {service: payments, version: v1, zone: a, replicas: 50%, path: /pay, headers: {x-tier: free}, caller: storefront}
            site: server
            percent: 80%
            delay: {mean: 40ms, p99: 90ms}
            abort: {status: 503, percent: 10%}
            bandwidth: 80kbit/s
            truncate: 50%
            maxActive: 100
          - {name: start, at: 12s, for: 5s, target: {service: cart}, abort: {grpcStatus: 14}, firstRequests: 10}
          - {name: resets, at: 12s, for: 5s, target: {service: stock}, abort: {reset: true}}
          - {name: damage, at: 12s, for: 5s, target: {service: storefront, route: everything}, site: request, corrupt: true}
          - {name: crash, at: 20s, for: 5s, target: {service: cart, replicas: 1}, crash: {deregisterAfter: 2s}}
          - {name: pause, at: 20s, for: 1s, target: {service: stock}, pause: true}
          - {name: grey, at: 40s, for: 5s, target: {service: stock, replicas: 1}, slow: {factor: 5, delay: 2ms}}
          - {name: dark, at: 50s, for: 5s, target: {zone: b}, outage: true}
          - {name: cut, at: 60s, for: 2s, target: {link: {from: a, to: b}}, partition: {direction: oneWay, flap: 200ms}}
          - {name: away, at: 66s, for: 2s, controlPlane: outage}
          - {name: late, at: 69s, for: 2s, controlPlane: {slowPush: 5s}}
          - {name: expired, at: 72s, for: 2s, target: {service: stock, replicas: 1}, certificates: expire}
          - {name: unnamed, at: 75s, for: 2s, target: {service: cart}, dns: {staleness: 1s}}
          - {name: lossy, at: 64s, for: 2s, target: {link: {from: storefront, to: cart}}, loss: 2%}
        expect:
          - success_rate >= 99%
          - latency.p99{service=storefront, path=/home} < 60ms
          - retry_amplification{from=storefront, to=payments} < 1.3
        """;
}
