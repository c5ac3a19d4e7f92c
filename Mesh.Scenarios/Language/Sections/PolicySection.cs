using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Sections.Policy;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The mesh's policy, in layers: the profile, the defaults, each service, its routes. Each policy has a file of its own in <c>Policy/</c>.</summary>
internal static class PolicySection
{
    /// <summary>One layer of policy.</summary>
    public static readonly Section<PolicyConfig> Policy = new("policy", "a policy such as {timeout: 2s}", () => new PolicyConfig())
    {
        { "loadBalancer", LoadBalancerSection.LoadBalancer, (policy, value) => policy with { LoadBalancer = value }, "How a replica is picked: an algorithm by name, or a mapping. Default leastRequest." },
        { "locality", LocalitySection.Locality, (policy, value) => policy with { Locality = value }, "Which zones and priorities a pick may go to. Default: all alike." },
        { "subsetting", SubsettingSection.Subsetting, (policy, value) => policy with { Subsetting = value }, "How many of the replicas each proxy uses: a number, or a mapping. Default all." },
        { "slowStart", SlowStartSection.SlowStart, (policy, value) => policy with { SlowStart = value }, "How an endpoint that has just joined is eased in. Default: at once." },
        { "panicThreshold", Values.Percent, (policy, value) => policy with { PanicThreshold = value }, "Share of healthy endpoints below which health is ignored; 0% switches it off. Default 50%." },
        { "outlierDetection", OutlierDetectionSection.OutlierDetection, (policy, value) => policy with { OutlierDetection = value }, "Ejection of endpoints that fail, as Envoy does it. Default none." },
        { "failureAccrual", FailureAccrualSection.FailureAccrual, (policy, value) => policy with { FailureAccrual = value }, "Linkerd's endpoint breaker. Default none." },
        { "healthCheck", HealthCheckSection.HealthCheck, (policy, value) => policy with { HealthCheck = value }, "Active health checks. Default none." },
        { "timeout", Values.Duration, (policy, value) => policy with { Timeout = value }, "Total time for a request, all attempts and waits included; 0 switches it off. Default none." },
        { "perTryTimeout", Values.Duration, (policy, value) => policy with { PerTryTimeout = value }, "Time for each attempt until its response headers; 0 switches it off. Default none." },
        { "idleTimeout", Values.Duration, (policy, value) => policy with { IdleTimeout = value }, "Longest silence within a response's body; 0 switches it off. Default none." },
        { "deadlinePropagation", Values.Flag, (policy, value) => policy with { DeadlinePropagation = value }, "Whether a hop never waits longer than its caller does. Default false." },
        { "retries", RetrySection.Retries, (policy, value) => policy with { Retries = value }, "When and how often a failed attempt is repeated. Default never." },
        { "hedge", HedgeSection.Hedge, (policy, value) => policy with { Hedge = value }, "A second attempt beside a slow first one. Default none." },
        { "circuitBreaker", CircuitBreakerSection.CircuitBreaker, (policy, value) => policy with { CircuitBreaker = value }, "A breaker on the share of failed attempts, one per proxy and service. Default none." },
        { "limits", LimitsSection.Limits, (policy, value) => policy with { Limits = value }, "Caps of one proxy towards the service. Default none." },
        { "admissionControl", AdmissionControlSection.AdmissionControl, (policy, value) => policy with { AdmissionControl = value }, "The caller's sidecar refuses requests when too many fail (Envoy). Default none." },
        { "throttle", ThrottleSection.Throttle, (policy, value) => policy with { Throttle = value }, "The caller's sidecar throttles itself by what the callee accepts (Google SRE). Default none." },
        { "rateLimit", RateLimitSection.RateLimit, (policy, value) => policy with { RateLimit = value }, "Token buckets in the callee's sidecar. Default none." },
        { "adaptiveConcurrency", AdaptiveConcurrencySection.AdaptiveConcurrency, (policy, value) => policy with { AdaptiveConcurrency = value }, "A concurrency limit that the callee's sidecar finds by itself. Default none." },
        { "loadShedding", LoadSheddingSection.LoadShedding, (policy, value) => policy with { LoadShedding = value }, "The callee's sidecar refuses the least important requests first. Default none." },
        { "authorization", AuthorizationSection.Authorization, (policy, value) => policy with { Authorization = value }, "Who may call the service. Default everybody." },
        { "jwt", JwtSection.Rules, (policy, value) => policy with { Jwt = value }, "Tokens that the callee's sidecar takes; a request without one passes. Default: tokens are not looked at." },
        { "mtls", Values.Choice<MutualTlsMode>("a mode"), (policy, value) => policy with { Mtls = value },
            "Whether the service's sidecars speak mutual TLS: only (strict), also (permissive) or not (disabled). Live only; in the virtual world network.mutualTls says what handshakes cost. Default permissive." },
        { "subsets", new TableShape<SubsetConfig>("subsets by name, such as {gold: {labels: {tier: gold}}}", Values.Name, SubsetSection.Subset), (policy, value) => policy with { Subsets = value }, "Named parts of the service's endpoints; each version is one already." },
        { "split", SplitSection.Split, (policy, value) => policy with { Split = value }, "Shares of the requests by version or subset. Default: all alike." },
        { "mirror", MirrorSection.Mirror, (policy, value) => policy with { Mirror = value }, "Where a copy of requests goes, whose answers nobody waits for. Default nowhere." },
        { "routes", new ListShape<RouteConfig>("a list of routes such as [{match: {path: /cart}, timeout: 300ms}]", RouteSection.Route), (policy, value) => policy with { Routes = value }, "Requests that are treated in a way of their own. Default none." },
    };

    /// <summary>The mesh's policy.</summary>
    public static readonly Section<MeshConfig> Mesh = new("mesh", "the mesh's policy, such as {defaults: {timeout: 2s}}", () => new MeshConfig())
    {
        { "profile", Values.Choice<MeshProfile>("a mesh"), (mesh, value) => mesh with { Profile = value }, "What envoy, istio, linkerd, consul, appMesh or kuma does when nothing is said. Default: the defaults named here." },
        { "defaults", Policy, (mesh, value) => mesh with { Defaults = value }, "Policy for calls to every service." },
        { "services", new TableShape<PolicyConfig>("policies by service, such as {cart: {timeout: 300ms}}", Values.Name, Policy), (mesh, value) => mesh with { Services = value },
            "Policy for calls to one service; each key given replaces the default's as a whole." },
    };
}
