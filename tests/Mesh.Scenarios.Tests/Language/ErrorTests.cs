namespace Mesh.Scenarios.Tests.Language;

/// <summary>Every mistake is told with its place, what was given, the rule and what is allowed.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData("duration=300", "'300' has no unit; write 300ms or 300s or 300m.")]
    [InlineData("duration=60sec", "'60sec' has the unit 'sec', which no duration has. Units: ns, us, ms, s, m, h.")]
    [InlineData("duration=-5s", "'-5s' is negative; write a duration of 0 or more, such as 300ms.")]
    [InlineData("duration=0s", "'0s' must be above 0, such as 300ms.")]
    [InlineData("duration=5ns", "'5ns' is shorter than 100ns, the finest time there is.")]
    [InlineData("duration=9000h", "'9000h' is longer than a year.")]
    [InlineData("seed=abc", "'abc' is not a seed; a seed is a whole number from 0 to 18446744073709551615.")]
    [InlineData("seed=-1", "'-1' is not a seed")]
    [InlineData("version=2", "version 2 of the language is not known; this MeshLab reads version 1.")]
    [InlineData("replications=0", "0 is outside the range; write a whole number from 1 to 10000.")]
    [InlineData("warmup=60s", "the warm-up of 60s leaves nothing of the 60s that the run takes")]
    [InlineData("services.front.errorRate=130%", "'130%' is outside the range; write 0% or more and at most 100%.")]
    [InlineData("services.front.errorRate=0 1%", "'0 1%' has no unit;")]
    [InlineData("services.front.errorRate=0.5", "'0.5' has no unit; write 0.5%. A ratio of 0.5 is 50%.")]
    [InlineData("services.front.workers=0", "0 is outside the range; write a whole number from 1 to 1000000.")]
    [InlineData("services.front.queue=-1", "'-1' is not the length of a queue; write a whole number from 0 to 1000000, or unlimited.")]
    [InlineData("services.front.discipline=lifo", "'lifo' is not a discipline. Did you mean 'fifo'? Allowed: fifo, processorSharing.")]
    [InlineData("services.front.serviceTime={mean: 8ms, p50: 0}", "services.front.serviceTime.p50: this distribution is impossible: p50 is 0 s")]
    [InlineData("services.front.serviceTime={distribution: cauchy, mean: 8ms}", "'cauchy' is not a distribution.")]
    [InlineData("services.front.serviceTime=8", "'8' has no unit; write 8ms or 8s or 8m.")]
    [InlineData("services.back.zones={a: 1}", "there is no zone 'a'; name the zones at the top: 'zones: [a]'.")]
    [InlineData("services.front.versions={v1: {}}", "'replicas' stands beside 'versions'; write it in each version.")]
    [InlineData("services.front.endpoints=[{path: /checkout}, {path: /home}, {path: /home}]", "the path '/home' is there twice; keep one.")]
    [InlineData("services.front.endpoints[0].calls[0].to=bakc", "there is no service 'bakc'. Did you mean 'back'? Services: front, back.")]
    [InlineData("services.front.endpoints[0].calls[0].path=/pai", "'back' has no endpoint with the path '/pai'. Did you mean '/pay'? Paths: /pay, /refund.")]
    [InlineData("services.front.endpoints[0].calls[0].probability=101%", "'101%' is outside the range")]
    [InlineData("services.front.endpoints[0].calls=[{weight: 3}]", "needs one of the keys 'parallel', 'oneOf', 'sleep', 'to', but has only 'weight'.")]
    [InlineData("services.ingress={}", "'ingress' is the name of the proxy through which load enters; give the service another name.")]
    [InlineData("mesh.services.bak.timeout=2s", "there is no service 'bak'. Did you mean 'back'? Services: front, back.")]
    [InlineData("mesh.defaults.loadBalancer=leastRequests", "'leastRequests' is not a load balancer. Did you mean 'leastRequest'? Allowed: leastRequest, roundRobin, random, peakEwma, ringHash, maglev, joinIdleQueue, joinShortestQueue, prequal.")]
    [InlineData("mesh.defaults.retries.on=[5x]", "'5x' is neither a condition nor a status from 400 to 599, or a range of them such as 500-504. Did you mean '5xx'?")]
    [InlineData("mesh.defaults.retries.backoff={base: 0.5ms}", "the base is below 1ms, the shortest there is.")]
    [InlineData("mesh.defaults.circuitBreaker.window=100ms", "the window is below 500ms, the shortest that Polly's breaker takes.")]
    [InlineData("network.sameZone.bandwidth=10Mbps", "'10Mbps' has the unit 'Mbps', which no bandwidth has. Units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s.")]
    [InlineData("network.crossZone.loss=100%", "'100%' is outside the range; write 0% or more and below 100%.")]
    [InlineData("services.back.endpoints[0].responseSize=10", "'10' has no unit; write 10B or 10KiB or 10MiB.")]
    [InlineData("workload[0].rate=-3/s", "'-3/s' is negative; write a rate of 0 or more, such as 400/s.")]
    [InlineData("workload[0].rate=ten", "'ten' is not a rate; write it as 400/s.")]
    [InlineData("workload[0].users=3", "a closed loop has no 'rate'; its users set the pace.")]
    [InlineData("workload[0].stages=[{for: 3s, rate: 1/s}]", "'rate' and 'stages' stand together; write the rate in the stages.")]
    [InlineData("workload[0].to=bck", "there is no service 'bck'. Did you mean 'back'? Services: front, back.")]
    [InlineData("workload[0].mix[1].path=/hom", "'front' has no endpoint with the path '/hom'. Did you mean '/home'? Paths: /checkout, /home.")]
    [InlineData("scale=[{at: 70s, service: front, replicas: 2}]", "70s is not before the end of the run at 60s.")]
    [InlineData("scale=[{at: 7s, service: front, version: v2, replicas: 2}]", "'front' has no version 'v2'. Did you mean 'v1'? Versions: v1.")]
    public void A_wrong_value_is_told_with_the_rule_and_what_is_allowed(string set, string message)
    {
        string error = Assert.Single(Reads.Errors(Reads.Small, set));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_told_at_once_in_the_order_of_the_file()
    {
        string[] errors = Reads.Errors("""
            version: 1
            duration: 60
            sed: 3
            services:
              cart:
                replicas: -1
                serviceTime: {mean: 8ms, p50: 0}
                endpoints:
                  - path: /cart
                    calls: [{to: payment}]
              payments: {}
              payments: {workers: 3}
            workload:
              - {to: cart, mix: [{path: /crt}], rate: 400}
            """);
        Assert.Equal(
        [
            "s.yaml:2:11: duration: '60' has no unit; write 60ms or 60s or 60m.",
            "s.yaml:3:1: sed: unknown key 'sed'. Did you mean 'seed'? Allowed: version, name, description, seed, duration, warmup, replications, zones, network, sidecar, services, mesh, workload, scale, faults, expect.",
            "s.yaml:6:15: services.cart.replicas: -1 is outside the range; write a whole number from 0 to 1000000.",
            "s.yaml:7:35: services.cart.serviceTime.p50: this distribution is impossible: p50 is 0 s, but every value of a lognormal distribution is above 0: give more than 0, or leave it out.",
            "s.yaml:10:22: services.cart.endpoints[0].calls[0].to: there is no service 'payment'. Did you mean 'payments'? Services: cart, payments.",
            "s.yaml:12:3: the key 'payments' is given twice; the first is at s.yaml:11:3. Keep one.",
            "s.yaml:14:29: workload[0].mix[0].path: 'cart' has no endpoint with the path '/crt'. Did you mean '/cart'? Paths: /cart.",
            "s.yaml:14:43: workload[0].rate: '400' has no unit; write 400/s or 400/m.",
        ], errors);
    }

    [Fact]
    public void A_missing_key_is_told_with_its_meaning() =>
        Assert.Contains("s.yaml:1:1: the key 'duration' is missing: Virtual time of a replication, warm-up included.", Reads.Errors("version: 1\nservices: {a: {}}\nworkload: [{to: a, rate: 1/s}]"));

    [Theory]
    [InlineData("# nothing", "s.yaml: the file holds nothing but comments")]
    [InlineData("version: [1", "s.yaml:2:1: this is not YAML: While parsing a flow sequence")]
    [InlineData("version: 1\n\tname: x", "s.yaml:1:10: this is not YAML:")]
    [InlineData("version: 1\n---\nversion: 1", "s.yaml:2:1: a second document begins here; write one scenario a file.")]
    [InlineData("just text", "s.yaml:1:1: needs a scenario, which begins with 'version: 1', but there is 'just text'.")]
    [InlineData("services: *nowhere", "there is no anchor '&nowhere' before this alias")]
    [InlineData("[a]: 3\nversion: 1", "s.yaml:1:1: a list cannot be a key; a key is a word.")]
    public void What_is_no_scenario_is_refused_with_line_and_column(string text, string message) =>
        Assert.Contains(Reads.Errors(text), error => error.Contains(message, StringComparison.Ordinal));
}
