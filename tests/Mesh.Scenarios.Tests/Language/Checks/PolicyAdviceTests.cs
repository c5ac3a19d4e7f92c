namespace Mesh.Scenarios.Tests.Language.Checks;

/// <summary>Warnings about policies: each where it should be told, with its number, and not where it should not.</summary>
public sealed class PolicyAdviceTests
{
    private const string Budget = "budget: {percent: 20%}";

    private static void Warns(string message, params string[] sets) =>
        Assert.Contains(message, Assert.Single(Reads.Warnings(Reads.Small, sets)), StringComparison.Ordinal);

    private static void IsSilent(params string[] sets) => Assert.Empty(Reads.Warnings(Reads.Small, sets));

    [Fact]
    public void Retries_multiply_along_the_calls()
    {
        string[] warnings = Reads.Warnings(Reads.Small, "mesh.defaults.retries.attempts=3");
        Assert.Equal(2, warnings.Length);   // that they have no budget is the other
        Assert.Contains("when 'back' fails, one request to front/checkout can become 4 x 4 = 16 attempts there (front -> back). Retry at one level only",
            Assert.Single(warnings, warning => warning.Contains("multiply", StringComparison.Ordinal)), StringComparison.Ordinal);
        IsSilent($"mesh.defaults.retries={{attempts: 3, {Budget}}}");
        IsSilent($"mesh.services.back.retries={{attempts: 3, {Budget}}}");
    }

    [Fact]
    public void A_level_with_a_budget_multiplies_by_what_the_budget_allows() =>
        Warns("4 x 3 = 12 attempts there (front -> back)",
            "mesh.services.front={retries: {attempts: 3}, limits: {maxRetries: 3}}", "mesh.services.back.retries={attempts: 5, budget: {ratio: 200%}}");

    [Theory]
    [InlineData("mesh.services.back.retries={attempts: 2}", "retries have no budget: when 'back' fails, its callers send 3 times the load.")]
    [InlineData("mesh.defaults.retries={attempts: 1}", "retries have no budget: when any service fails, its callers send 2 times the load.")]
    [InlineData("mesh.services.back.routes=[{name: pay, match: {path: /pay}, retries: {attempts: 1}}]", "retries have no budget: when route 'pay' of 'back' fails")]
    public void Retries_without_a_budget_are_told(string set, string message) => Warns(message, set);

    [Theory]
    [InlineData("mesh.services.back.retries={attempts: 0}")]
    [InlineData("mesh.services.back={retries: {attempts: 2}, limits: {maxRetries: 3}}")]
    [InlineData("mesh.services.back.retries={attempts: 2, budget: {ratio: 20%}}")]
    public void Bounded_retries_are_not_told(string set) => IsSilent(set);

    [Fact]
    public void Rules_about_callers_who_cannot_prove_who_they_are_are_told()
    {
        Warns("the rules of 'back' ask who calls, but live nobody can prove it: mtls is disabled there.", "mesh.services.back={mtls: disabled, authorization: {allow: [{from: {principals: [front]}}]}}");
        Warns("mtls is disabled there", "mesh.defaults.mtls=disabled", "mesh.services.back.authorization={deny: [{when: {key: source.namespace, values: [x]}}]}");
        IsSilent("mesh.services.back={mtls: strict, authorization: {allow: [{from: {principals: [front]}}]}}");
        IsSilent("mesh.services.back={mtls: disabled, authorization: {allow: [{to: {methods: [GET]}}]}}");
    }

    [Fact]
    public void A_try_that_is_longer_than_the_whole_is_told()
    {
        string warning = Assert.Single(Reads.Warnings(Reads.Small, "mesh.defaults.timeout=1s", "mesh.services.back.perTryTimeout=1s"));
        Assert.StartsWith("--set mesh.services.back.perTryTimeout=1s: mesh.services.back.perTryTimeout: calls to 'back' time out after 1s in all", warning, StringComparison.Ordinal);
        IsSilent("mesh.defaults.timeout=1s", "mesh.services.back.perTryTimeout=0.9s");
    }

    [Fact]
    public void A_deadline_that_leaves_no_time_for_the_attempts_is_told()
    {
        Warns("calls to 'back' time out after 1s in all, but 3 attempts of 400ms take 1.2s and the waits between them: when attempts time out, only 2 have their whole time. " +
            "Lengthen 'timeout', or shorten 'perTryTimeout' to below 333.33ms.",
            $"mesh.services.back={{timeout: 1s, perTryTimeout: 400ms, retries: {{attempts: 2, on: [5xx], {Budget}}}}}");
        IsSilent($"mesh.services.back={{timeout: 1s, perTryTimeout: 300ms, retries: {{attempts: 2, on: [5xx], {Budget}}}}}");
        // An attempt that ran out of time is no connect failure, and is not retried.
        IsSilent($"mesh.services.back={{timeout: 1s, perTryTimeout: 400ms, retries: {{attempts: 2, on: [connect-failure], {Budget}}}}}");
    }

    [Fact]
    public void A_breaker_that_sees_too_few_attempts_is_told()
    {
        // 100/s enter, half of them at /checkout, which calls back: 25/s from each proxy of front.
        Warns("the breaker for 'back' will not open at this load: it needs 500 attempts within 10s, and the busiest proxy, one of the 2 of 'front', makes about 250.",
            "mesh.services.back.circuitBreaker={minThroughput: 500}");
        IsSilent("mesh.services.back.circuitBreaker={minThroughput: 250}");
        IsSilent($"mesh.services.back={{circuitBreaker: {{minThroughput: 500}}, retries: {{attempts: 2, {Budget}}}}}");
        Warns("the busiest proxy, that of 'ingress', makes about 1000.", "mesh.services.front.circuitBreaker={minThroughput: 2000}");
    }

    [Fact]
    public void A_closed_loop_says_nothing_about_how_much_a_breaker_sees() =>
        Assert.Empty(Reads.Warnings(Reads.Small.Replace("rate: 100/s", "arrivals: closed\n    users: 1", StringComparison.Ordinal), "mesh.services.back.circuitBreaker={minThroughput: 500}"));

    [Theory]
    [InlineData(1, "10%", "10% of 1 is 0.1, which Envoy cuts to 0. Set 'maxEjectionPercent' to 100% or more, or 'alwaysEjectOneHost: true', or have 10 replicas.")]
    [InlineData(9, "10%", "10% of 9 is 0.9, which Envoy cuts to 0. Set 'maxEjectionPercent' to 12% or more")]
    [InlineData(4, "20%", "Set 'maxEjectionPercent' to 25% or more, or 'alwaysEjectOneHost: true', or have 5 replicas.")]
    [InlineData(4, "0%", "Set 'maxEjectionPercent' to 25% or more, or 'alwaysEjectOneHost: true'.")]
    public void Outlier_detection_that_can_eject_nobody_is_told(int replicas, string most, string message) =>
        Warns(message, $"services.back.replicas={replicas}", $"mesh.services.back.outlierDetection={{maxEjectionPercent: {most}}}");

    [Theory]
    [InlineData(10, "{}")]
    [InlineData(4, "{maxEjectionPercent: 25%}")]
    [InlineData(2, "{maxEjectionPercent: 50%}")]
    [InlineData(3, "{alwaysEjectOneHost: true}")]
    public void Outlier_detection_that_can_eject_one_is_not_told(int replicas, string detection) =>
        IsSilent($"services.back.replicas={replicas}", $"mesh.services.back.outlierDetection={detection}");

    [Theory]
    [InlineData("outlierDetection: {maxEjectionPercent: 100%}", "outlier detection with 'maxEjectionPercent: 100%' can take out all 3 replicas of 'back'")]
    [InlineData("failureAccrual: {}", "failure accrual, which has no limit, can take out all 3 replicas of 'back'")]
    [InlineData("healthCheck: {}", "active health checks can take out all 3 replicas of 'back'")]
    public void Ejection_of_all_without_panic_is_told(string policy, string message)
    {
        Warns(message, "services.back.replicas=3", $"mesh.services.back={{panicThreshold: 0%, {policy}}}");
        IsSilent("services.back.replicas=3", $"mesh.services.back={{panicThreshold: 10%, {policy}}}");
    }

    [Fact]
    public void Ejection_of_some_needs_no_panic_threshold() =>
        IsSilent("services.back.replicas=3", "mesh.services.back={panicThreshold: 0%, outlierDetection: {maxEjectionPercent: 50%}}");

    [Fact]
    public void Repeating_what_should_not_be_done_twice_is_told()
    {
        const string Post = "services.front.endpoints[0].calls[0].method=POST";
        Warns("POST /pay to 'back' is retried after answers that do not say it was left undone (5xx, statuses): it may be done up to 3 times.",
            Post, $"mesh.services.back.retries={{on: [5xx, connect-failure, 409], {Budget}}}");
        IsSilent($"mesh.services.back.retries={{on: [5xx], {Budget}}}");
        IsSilent(Post, $"mesh.services.back.retries={{on: [connect-failure, refused-stream], {Budget}}}");
        IsSilent(Post, $"mesh.services.back.retries={{on: [5xx], idempotentOnly: true, {Budget}}}");
        IsSilent(Post, $"mesh.services.back.routes=[{{match: {{method: GET}}, retries: {{on: [5xx], {Budget}}}}}]");
        IsSilent(Post, "mesh.profile=istio", $"mesh.services.front.retries={{{Budget}}}");
        Warns("POST /pay to 'back' is hedged: when it is slow, it is done up to 2 times.", Post, "mesh.services.back.hedge={percentile: 95%}");
        IsSilent("mesh.services.back.hedge={percentile: 95%}");
        IsSilent(Post, "mesh.services.back.routes=[{match: {method: GET}, hedge: {percentile: 95%}}]");
    }

    [Theory]
    [InlineData("{hedge: {delay: 60ms}, perTryTimeout: 50ms}", "an attempt ends after the perTryTimeout of 50ms, before the delay of 60ms is over.")]
    [InlineData("{hedge: {delay: 2s}, timeout: 1s}", "they time out after 1s, before the delay of 2s is over.")]
    [InlineData("{hedge: {onPerTryTimeout: true}, retries: {budget: {percent: 20%}}}", "'onPerTryTimeout' waits for the perTryTimeout, and there is none.")]
    [InlineData("{hedge: {onPerTryTimeout: true}, perTryTimeout: 50ms}", "a hedge on the per-try time-out is one of the retries, and there are none.")]
    public void A_hedge_that_never_starts_is_told(string policy, string message) => Warns(message, $"mesh.services.back={policy}");

    [Theory]
    [InlineData("{hedge: {delay: 40ms}, perTryTimeout: 50ms, timeout: 1s}")]
    [InlineData("{hedge: {onPerTryTimeout: true}, perTryTimeout: 50ms, retries: {budget: {percent: 20%}}}")]
    public void A_hedge_that_can_start_is_not_told(string policy) => IsSilent($"mesh.services.back={policy}");

    [Fact]
    public void A_cap_below_the_normal_load_is_told()
    {
        Warns("'maxRequests: 0' refuses requests to 'back' in normal service: the busiest proxy, one of the 2 of 'front', has 25/s x 5ms = 0.125 of them under way",
            "mesh.services.back.limits={maxRequests: 0}");
        Warns("= 3 of them under way on average", "services.back={serviceTime: 120ms, endpoints: [{path: /pay}]}", "services.back.workers=20", "mesh.services.back.limits={maxRequests: 3}");
        IsSilent("mesh.services.back.limits={maxRequests: 1}");
    }

    [Theory]
    [InlineData("ringHash", "'ringHash' has no 'hashOn' for 'back', and draws a hash for each request")]
    [InlineData("{algorithm: maglev}", "'maglev' has no 'hashOn' for 'back'")]
    [InlineData("{algorithm: maglev, hashOn: {header: x-user}}", "by the header 'x-user', which none of the 1 kind of requests to it carries")]
    public void Hashing_without_anything_to_hash_is_told(string balancer, string message) => Warns(message, $"mesh.services.back.loadBalancer={balancer}");

    [Theory]
    [InlineData("leastRequest")]
    [InlineData("{algorithm: ringHash, hashOn: {source: true}}")]
    [InlineData("{algorithm: ringHash, hashOn: {header: x-user}}")]
    public void Hashing_by_what_is_there_is_not_told(string balancer) =>
        IsSilent($"mesh.services.back.loadBalancer={balancer}", "services.front.endpoints[0].calls[0].headers={X-User: ann}");

    private static string Fault(string settings) => $"faults=[{{name: f, at: 10s, for: 5s, target: {{service: back}}, {settings}}}]";

    [Theory]
    [InlineData("delay: 1s", true)]
    [InlineData("abort: 503", true)]
    [InlineData("truncate: 50%", true)]
    [InlineData("delay: 1s, abort: {percent: 10%}", true)]
    [InlineData("delay: 1s, percent: 100%", false)]
    [InlineData("abort: {percent: 10%}", false)]
    [InlineData("abort: 503, firstRequests: 10", false)]
    [InlineData("slow: 10", false)]
    public void A_fault_that_does_not_say_whom_it_hits_is_told(string settings, bool told)
    {
        if (told) Warns("the fault 'f' has no 'percent' and hits every request that matches. In Istio one without a percentage hits none;", Fault(settings));
        else IsSilent(Fault(settings));
    }

    [Theory]
    [InlineData("retries: {budget: {percent: 20%}}, timeout: 1s", "before 'retries', 'timeout' of 'back', which never see it.")]
    [InlineData("outlierDetection: {maxEjectionPercent: 100%}", "before 'outlierDetection' of 'back', which never sees it. With 'site: attempt' it does.")]
    [InlineData("routes: [{match: {path: /pay}, hedge: {percentile: 95%}}]", "before 'hedge' of 'back'")]
    public void A_fault_before_the_policies_that_should_meet_it_is_told(string policy, string message)
    {
        Warns(message, Fault("abort: 503, percent: 10%, site: request"), $"mesh.services.back={{{policy}}}");
        IsSilent(Fault("abort: 503, percent: 10%, site: attempt"), $"mesh.services.back={{{policy}}}");
        IsSilent(Fault("abort: 503, percent: 10%, site: request"));
    }
}
