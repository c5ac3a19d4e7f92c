using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Language;

public sealed class FaultTests
{
    private const string Times = "name: bad, at: 10s, for: 20s";

    [Fact]
    public void Fault_of_requests_is_read()
    {
        var fault = Read($"{{{Times}, every: 25s, ramp: 5s, target: {{service: back, replicas: 50%, path: /pay, caller: front, headers: {{x-a: b}}}}, site: server, percent: 30%, delay: 400ms, abort: 502, bandwidth: 80kbit/s, truncate: 25%, corrupt: true, maxActive: 7}}");
        Assert.Equal(("bad", Seconds(10), Seconds(20), Seconds(25), Seconds(5)), (fault.Name, fault.At, fault.For, fault.Every, fault.Ramp));
        Assert.Equal(("back", new ReplicaShare(0, 0.5), "/pay", "front"), (fault.Target.Service, fault.Target.Replicas!.Value, fault.Target.Path, fault.Target.Caller));
        var mesh = Assert.IsType<MeshFaultEffect>(fault.Effect);
        Assert.Equal((FaultSite.Server, 0.3, 0.4, 502, 7), (mesh.Site, mesh.Percent, mesh.Delay!.Mean, mesh.Abort!.Status, mesh.MaxActive));
        Assert.Equal(new BodyFault { BytesPerSecond = 10_000, TruncateAfter = 0.25, Corrupt = true }, mesh.Body);
    }

    public static TheoryData<string, FaultEffect> Effects => new()
    {
        { "target: {service: back}, abort: 503", new MeshFaultEffect { Abort = new FaultAbort() } },
        { "target: {service: back}, abort: reset", new MeshFaultEffect { Abort = new FaultAbort { Reset = true } } },
        { "target: {service: back}, abort: {grpcStatus: 14, percent: 10%}", new MeshFaultEffect { Abort = new FaultAbort { GrpcStatus = 14 }, AbortPercent = 0.1 } },
        { "target: {service: back}, abort: 503, firstRequests: 3", new MeshFaultEffect { Abort = new FaultAbort(), FirstRequests = 3 } },
        { "target: {service: back}, crash: true", new CrashEffect() },
        { "target: {service: back}, crash: {deregisterAfter: 2s}", new CrashEffect { DeregisterAfter = Seconds(2) } },
        { "target: {service: back}, pause: true", new PauseEffect() },
        { "target: {service: back, replicas: 1}, slow: 10", new SlowEffect { Factor = 10 } },
        { "target: {service: back}, slow: {delay: 5ms}", new SlowEffect { Delay = DistributionConfig.Constant(0.005) } },
        { "target: {zone: a}, outage: true", new OutageEffect() },
        { "target: {link: {from: a, to: b}}, partition: twoWay", new PartitionEffect() },
        { "target: {link: {from: ingress, to: front}}, partition: {direction: oneWay, flap: 1s}", new PartitionEffect { OneWay = true, Flap = Seconds(1) } },
        { "target: {link: {from: front, to: back}}, delay: 20ms, loss: 1%", new LinkEffect { Delay = DistributionConfig.Constant(0.02), Loss = 0.01 } },
        { "target: {service: back}, certificates: expire", new CertificateEffect { Kind = CertificateFault.Expire } },
        { "target: {service: back, replicas: 1}, certificates: wrongIdentity", new CertificateEffect { Kind = CertificateFault.WrongIdentity } },
        { "target: {service: back}, dns: failure", new DnsEffect() },
        { "target: {service: back}, dns: {staleness: 30s}", new DnsEffect { Staleness = Seconds(30) } },
        { "controlPlane: outage", new ControlPlaneEffect { Kind = ControlPlaneFault.Outage } },
        { "controlPlane: restart", new ControlPlaneEffect { Kind = ControlPlaneFault.Restart } },
        { "controlPlane: staleEndpoints", new ControlPlaneEffect { Kind = ControlPlaneFault.StaleEndpoints } },
        { "controlPlane: {slowPush: 5s}", new ControlPlaneEffect { Kind = ControlPlaneFault.SlowPush, SlowPush = Seconds(5) } },
    };

    [Theory]
    [MemberData(nameof(Effects))]
    public void Every_effect_is_read(string keys, FaultEffect effect) => Assert.Equal(effect, Read($"{{{Times}, {keys}}}").Effect);

    [Theory]
    [InlineData(Times + ", delay: 1s", "the key 'target' is missing: What it hits.")]
    [InlineData(Times + ", controlPlane: outage, target: {service: back}", "there is one control plane, and 'controlPlane' says how it fails; leave 'target' out.")]
    [InlineData(Times + ", target: {service: back, replicas: 1}, dns: failure", "'dns' is a service's name")]
    [InlineData(Times + ", target: {zone: a}, certificates: expire", "'certificates' needs a service")]
    [InlineData(Times + ", target: {service: back}, dns: slow", "'slow'")]
    [InlineData(Times + ", controlPlane: outage, percent: 10%", "'controlPlane' takes no 'percent'")]
    [InlineData(Times + ", controlPlane: outage, crash: true", "'crash' and 'controlPlane' are two faults")]
    [InlineData("name: x, at: 1s, target: {service: back}, delay: 1s", "the key 'for' is missing: How long it is in force: every fault ends.")]
    [InlineData("name: x, at: 60s, for: 1s, target: {service: back}, delay: 1s", "60s is not before the end of the run at 60s.")]
    [InlineData("name: x, at: 1s, for: 5s, every: 5s, target: {service: back}, delay: 1s", "the fault would come back before it has ended; make 'every' longer than 'for' (5s).")]
    [InlineData("name: x, at: 1s, for: 5s, ramp: 6s, target: {service: back}, delay: 1s", "the fault ends before it is at full strength; make 'ramp' at most as long as 'for' (5s).")]
    [InlineData("name: after, at: 1s, for: 5s, target: {service: back}, delay: 1s", "'after' is the name of a phase already")]
    [InlineData("name: x.after, at: 1s, for: 5s, target: {service: back}, delay: 1s", "'x.after' is the name of a phase already")]
    [InlineData(Times + ", target: {service: bck}, delay: 1s", "there is no service 'bck'. Did you mean 'back'? Services: front, back.")]
    [InlineData(Times + ", target: {service: back, version: v2}, delay: 1s", "there is no version of 'back' 'v2'. Did you mean 'v1'? Versions: v1.")]
    [InlineData(Times + ", target: {service: back, zone: c}, delay: 1s", "there is no zone 'c'. Zones: a, b.")]
    [InlineData(Times + ", target: {service: back, path: /pai}, delay: 1s", "there is no endpoint of 'back' with the path '/pai'. Did you mean '/pay'? Paths: /pay, /refund.")]
    [InlineData(Times + ", target: {service: back, route: gold}, delay: 1s", "there is no route of 'back' with the name 'gold'.")]
    [InlineData(Times + ", target: {service: back, caller: bak}, delay: 1s", "there is no service 'bak'. Did you mean 'back'? Services: front, back, ingress.")]
    [InlineData(Times + ", target: {link: {from: a, to: c}}, loss: 1%", "there is no zone or service 'c'. Zones and services: a, b, front, back, ingress.")]
    [InlineData(Times + ", target: {service: back}", "does nothing; it needs one of 'delay', 'abort',")]
    [InlineData(Times + ", target: {link: {from: a, to: b}}", "does nothing; a fault of a link needs 'delay', 'loss' or 'partition'.")]
    [InlineData(Times + ", target: {version: v1}, delay: 1s", "needs the called service: target: {service: payments}.")]
    [InlineData(Times + ", target: {zone: a}, crash: true", "'crash' needs a service")]
    [InlineData(Times + ", target: {service: back, path: /pay}, pause: true", "'path' does not say what is hit here: 'pause' hits replicas")]
    [InlineData(Times + ", target: {service: back}, outage: true", "'service' does not say what is hit here: an outage hits a whole zone")]
    [InlineData(Times + ", target: {service: back}, partition: twoWay", "'service' does not say what is hit here: a partition cuts a link")]
    [InlineData(Times + ", target: {link: {from: a, to: b}}, abort: 503, loss: 1%", "a fault of a link has no 'abort'; it takes 'delay', 'loss' or 'partition'.")]
    [InlineData(Times + ", target: {service: back}, loss: 1%, delay: 1s", "'loss' is the network's: write target: {link: {from: a, to: b}}.")]
    [InlineData(Times + ", target: {service: back}, crash: true, pause: true", "'crash' and 'pause' are two faults; give each its own entry.")]
    [InlineData(Times + ", target: {service: back}, crash: true, delay: 1s", "'crash' takes no 'delay'; that belongs to a fault of its own.")]
    [InlineData(Times + ", target: {service: back}, ramp: 1s, crash: true", "'crash' is whole at once; it has no 'ramp'.")]
    [InlineData(Times + ", target: {service: back}, crash: {deregisterAfter: 20s}", "the replicas are back after 20s, before the control plane takes them out; make 'deregisterAfter' shorter.")]
    [InlineData(Times + ", target: {service: back}, slow: 0.5", "a factor of 0.5 would make the replicas faster; write 1 or more.")]
    [InlineData(Times + ", target: {service: back}, slow: 1", "nothing is slower: write a factor above 1, such as slow: 10, or a delay.")]
    [InlineData(Times + ", target: {service: back, replicas: 1}, site: request, delay: 1s", "at the site 'request' no replica is picked yet, so that 'replicas' cannot be known; use the site 'attempt' or 'server'.")]
    [InlineData(Times + ", target: {service: back}, percent: 10%, firstRequests: 3, abort: 503", "'firstRequests' says already which requests are hit: all of the first ones; leave 'percent' out.")]
    [InlineData(Times + ", target: {service: back}, abort: {status: 500, grpcStatus: 3}", "an abort is one thing only; here stand 'status' and 'grpcStatus'. Keep one.")]
    [InlineData(Times + ", target: {service: back}, abort: 199", "'199' is neither an HTTP status from 200 to 599 nor reset.")]
    [InlineData(Times + ", target: {service: back, replicas: 0%}, delay: 1s", "'0%' is neither a number of replicas, such as 2, nor a share of them above 0%, such as 50%.")]
    [InlineData(Times + ", target: {service: back}, corrupt: false", "'false' is not true; leave the key out where it is not meant.")]
    public void Mistakes_are_told(string fault, string message)
    {
        string error = Assert.Single(Reads.Errors(With($"{{{fault}}}")));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Matches(@"^s\.yaml:\d+:\d+: faults\[0\]", error);
    }

    [Fact]
    public void Two_faults_of_one_name_are_an_error()
    {
        string one = $"{{{Times}, target: {{service: back}}, delay: 1s}}";
        Assert.Contains("two faults have the name 'bad'; give each its own.", Assert.Single(Reads.Errors(With(one, one))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: x, at: 50s, for: 20s, target: {service: back}, delay: 1s", "the fault ends at 70s, the run at 60s: what comes after the fault is not seen.")]
    [InlineData(Times + ", target: {service: back, replicas: 9}, delay: 1s", "9 replicas are to be hit, and there are 1; all of them are.")]
    public void Doubtful_faults_are_warned_of(string fault, string message) =>
        Assert.Contains(Reads.Warnings(With($"{{{fault}}}")), warning => warning.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void Phases_cut_the_run_at_every_fault()
    {
        var world = Reads.Scenario(With(
            "{name: x, at: 10s, for: 5s, every: 20s, target: {service: back}, delay: 1s}",
            "{name: y, at: 12s, for: 8s, target: {service: back}, delay: 1s}")).World;
        Assert.Equal(
            [("before", 0, 10), ("x", 10, 15), ("x", 30, 35), ("x", 50, 55), ("x.after", 35, 50), ("x.after", 55, 60), ("y", 12, 20), ("y.after", 20, 30), ("after", 55, 60)],
            FaultPhases.Of(world).Select(phase => (phase.Name, (int)(phase.From / TimeSpan.TicksPerSecond), (int)(phase.To / TimeSpan.TicksPerSecond))));
        Assert.Equal(["x", "y"], FaultPhases.Of(world).Where(phase => phase.IsShaded).Select(phase => phase.Name).Distinct());
    }

    [Theory]
    [InlineData("success_rate{phase=bad} > 1%")]
    [InlineData("success_rate{phase=bad.after, service=back} > 1%")]
    [InlineData("latency.p99{phase=before} < 1s")]
    [InlineData("requests{phase=after} > 1")]
    [InlineData("recovery_time{fault=bad} < 10s")]
    [InlineData("recovery_time{service=back, fault=bad} < 10s")]
    public void Expectations_speak_of_phases_and_faults(string text) => Assert.Single(Reads.Scenario(WithExpectation(text)).Expectations);

    [Theory]
    [InlineData("requests{phase=bda} > 1", "there is no phase 'bda'. Did you mean 'bad'? Phases: before, bad, bad.after, after.")]
    [InlineData("recovery_time{fault=bda} < 10s", "there is no fault 'bda'. Did you mean 'bad'? Faults: bad.")]
    [InlineData("recovery_time < 10s", "recovery_time needs the fault after which it counts, such as recovery_time{fault=brownout}.")]
    [InlineData("recovery_time{fault=bad, phase=bad} < 10s", "recovery_time has no label 'phase'; it begins with the end of the fault.")]
    [InlineData("requests{fault=bad} > 1", "requests has no label 'fault'; write phase=bad for the time of the fault.")]
    public void Expectations_on_unknown_phases_are_refused(string text, string message) =>
        Assert.Contains(message, Assert.Single(Reads.Errors(WithExpectation(text))), StringComparison.Ordinal);

    private static FaultPlanConfig Read(string fault) => Assert.Single(Reads.Scenario(With(fault)).World.Faults);

    private static string With(params string[] faults) =>
        $"{Reads.Small.Replace("duration: 60s", "duration: 60s\nzones: [a, b]", StringComparison.Ordinal)}\nfaults:\n{string.Join("\n", faults.Select(fault => $"- {fault}"))}\n";

    private static string WithExpectation(string text) => With($"{{{Times}, target: {{service: back}}, delay: 1s}}") + $"expect:\n- {text}\n";

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
