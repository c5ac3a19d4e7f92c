using System.Text.Json;
using CsCheck;
using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Results;

public sealed class RunRecordStoreTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private static readonly Gen<RunRecord> Records = Gen.Select(
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Double[0, 9000], Gen.Double[0, 5000], Gen.Int[0, 4], Gen.Int[0, 1 << 14]).Array[0, 40],
        Gen.String, Gen.ULong, Gen.Int[0, 3], Gen.Double)
        .Select((calls, text, seed, replications, number) => new RunRecord
        {
            Scenario = text, File = text, Description = text, Seed = seed, DurationSeconds = 10, Replay = text, World = "virtual",
            Replications = [.. Enumerable.Range(0, replications).Select(i => Replication(calls, i, seed))],
            Verdicts = [new ExpectationVerdict { Expression = text, Verdict = Verdict.NotEnoughData, Observed = number, Low = double.NegativeInfinity }],
            NotModelled = [text], Settings = [new RunSetting(text, "0")], Warnings = [text], Versions = [new RunSetting(".NET", text)],
            RanAt = DateTimeOffset.UnixEpoch,
        });

    private static ReplicationRecord Replication((int From, int To, double Start, double Took, int Attempts, int Flags)[] calls, int number, ulong seed)
    {
        var mesh = new ToyMesh();
        foreach (var call in calls)
            mesh.Call(call.From == 0 ? "ingress" : $"s{call.From}", $"s{call.To}", "/", call.Start, call.Took, 200 + 100 * call.To, call.Attempts, (ResponseFlags)call.Flags);
        mesh.Breaker("ingress", "s1", 9000, 1);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { Warmup = 10_000_000, End = 80_000_000, Phases = [new PhaseSpan("fault", 20_000_000, 50_000_000)] });
        mesh.Play(recorder);
        return recorder.Finish(new ReplicationFacts
        {
            Replication = number, Seed = seed, TraceHash = "ab", VirtualSeconds = 8, WallSeconds = 0.5, Warnings = ["w"],
            Replicas = [new ReplicaUsage("s1", "s1-0", "a", 4, 0.5, 1.5, 9, 100, 2)], Utilisation = [new ServiceUtilisation("s1", [0.1, 0.2])],
        });
    }

    [Fact]
    public void What_was_saved_is_loaded() => Records.Sample(record =>
    {
        RunRecordStore.Save(record, _path);
        var loaded = RunRecordStore.Load(_path);
        Assert.Equal(Text(record), Text(loaded));
        foreach (var (before, after) in record.Replications.Zip(loaded.Replications))
            foreach (var filter in new[] { new EdgeFilter(), new EdgeFilter { To = "s1" }, new EdgeFilter { To = "s2", Phase = "fault" } })
                Assert.Equal(Numbers(before.Select(filter)), Numbers(after.Select(filter)));
    }, iter: 50, threads: 1);

    private static string Text(RunRecord record) =>
        JsonSerializer.Serialize(record, new JsonSerializerOptions { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals });

    private static double[] Numbers(EdgeTotals totals) =>
    [
        totals.Requests, totals.Succeeded, totals.Attempts, totals.Retries, totals.AttemptsFailed, totals.RequestBytes, totals.ResponseBytes, totals.BreakerOpens,
        totals.Seconds, totals.Latency.Percentile(0.5), totals.Latency.Percentile(0.999), totals.Latency.Mean, totals.AttemptLatency.Mean, totals.Recovery.Mean,
        .. totals.Flags.Select(flag => (double)flag.Value), .. totals.Statuses.Select(status => (double)status.Value),
    ];

    [Theory]
    [InlineData("plain text")]
    [InlineData("")]
    public void A_file_that_is_no_record_is_named(string text)
    {
        File.WriteAllText(_path, text);
        var error = Assert.Throws<InvalidDataException>(() => RunRecordStore.Load(_path));
        Assert.StartsWith($"{_path}: not a run record", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_another_schema_is_refused_with_both_names()
    {
        RunRecordStore.Save(new RunRecord { Schema = "meshlab.run/9", Scenario = "", Seed = 1, DurationSeconds = 1, Replications = [] }, _path);
        var error = Assert.Throws<InvalidDataException>(() => RunRecordStore.Load(_path));
        Assert.Contains("'meshlab.run/9'; this version reads 'meshlab.run/1'", error.Message, StringComparison.Ordinal);
    }
}
