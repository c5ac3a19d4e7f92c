using Mesh.Reports.Rendering;
using Mesh.Reports.Results;
using Mesh.Scenarios.Running;
using Mesh.Scenarios.Tests.Language;

namespace Mesh.Scenarios.Tests.Running;

public sealed class FaultRunTests
{
    private const string Brownout = """
        version: 1
        seed: 42
        duration: 40s
        warmup: 2s
        replications: 2
        services:
          front: {replicas: 2, workers: 64, serviceTime: 2ms, endpoints: [{path: /buy, calls: [{to: payments}]}]}
          payments: {replicas: 4, workers: 32, serviceTime: {mean: 10ms, p99: 40ms}}
        mesh:
          services:
            payments: {timeout: 2s, perTryTimeout: 300ms, retries: {attempts: 2, on: [5xx]}}
        workload:
          - {to: front, mix: [{path: /buy}], rate: 100/s}
        faults:
          - {name: brownout, at: 10s, for: 5s, target: {service: payments, replicas: 50%}, site: server, delay: {mean: 400ms, p99: 900ms}, percent: 80%}
          - {name: crash, at: 25s, for: 4s, target: {service: payments, replicas: 1}, crash: true}
        expect:
          - retry_amplification{to=payments, phase=before} < 1.05
          - retry_amplification{to=payments, phase=brownout} > 1.01
          - success_rate{phase=brownout.after} >= 99%
          - latency.p90{phase=brownout} > 100ms
          - latency.p90{phase=after} < 100ms
          - recovery_time{fault=brownout} < 5s
          - recovery_time{fault=crash, service=payments} < 5s
        """;

    private static readonly RunRecord Record = Run();

    [Fact]
    public void Expectations_on_phases_and_recovery_hold() =>
        Assert.True(Record.Passed, string.Join('\n', Record.Verdicts.Select(verdict => verdict.Explanation)));

    [Fact]
    public void Run_with_faults_repeats() =>
        Assert.Equal(Record.Replications.Select(one => one.TraceHash), Run().Replications.Select(one => one.TraceHash));

    [Fact]
    public void Record_holds_what_was_asked_and_what_was_measured()
    {
        var faults = FaultRow.Of(Record.Replications);
        Assert.Equal(["brownout", "crash"], faults.Select(fault => fault.Name));
        Assert.Equal("payments, 50% of the replicas: 80% of the requests wait lognormal, mean 400 ms, p99 900 ms, at the server", faults[0].What);
        Assert.Equal(0.8, faults[0].RequestedShare, 9);
        double halfWidth = 4 * Math.Sqrt(0.8 * 0.2 / faults[0].Eligible);
        Assert.InRange(faults[0].MeasuredShare, 0.8 - halfWidth, 0.8 + halfWidth);
        Assert.InRange(faults[0].MeanDelay, 0.3, 0.5);
        Assert.All(Record.Replications, one => Assert.Equal((2, 1), (one.Faults[0].Replicas.Count, one.Faults[1].Replicas.Count)));
    }

    [Fact]
    public void Report_and_json_tell_of_the_faults()
    {
        string page = HtmlReport.Page(Record);
        Assert.Contains("<h2>Faults</h2>", page, StringComparison.Ordinal);
        string json = RunJson.Write([Record]);
        Assert.Contains("\"shareRequested\"", json, StringComparison.Ordinal);
        Assert.Contains("\"brownout.after\"", json, StringComparison.Ordinal);
    }

    private static RunRecord Run() => VirtualRun.Run(new RunPlan(Reads.Scenario(Brownout)), new NoProgress());
}
