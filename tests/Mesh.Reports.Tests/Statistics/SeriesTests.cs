using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Tests.Statistics;

public sealed class SeriesTests
{
    private static double[] Noise(int count)
    {
        var draws = new MathNet.Numerics.Random.MersenneTwister(1);
        return [.. Enumerable.Range(0, count).Select(_ => draws.NextDouble() - 0.5)];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(60)]
    public void Mser_cuts_where_the_transient_ends(int transient)
    {
        double[] series = Noise(300);
        for (int i = 0; i < transient; i++) series[i] += 20.0 * (transient - i) / transient + 5;
        int cut = Mser.Truncation(series)!.Value;
        Assert.InRange(cut, transient, transient + 10);
    }

    [Fact]
    public void Mser_is_the_argument_of_the_least_score()
    {
        double[] series = [9, 4, 1.2, 0.8, 1.1, 0.9, 1.1, 0.9, 1.1, 0.8, 1.2, 0.9];
        var scores = Enumerable.Range(0, series.Length / 2 + 1).Select(cut =>
        {
            var rest = series.Skip(cut).ToList();
            return rest.Sum(value => Math.Pow(value - rest.Average(), 2)) / Math.Pow(rest.Count, 2);
        }).ToList();
        Assert.Equal(scores.IndexOf(scores.Min()), Mser.Truncation(series, batch: 1));
    }

    [Fact]
    public void Mser_refuses_a_series_that_never_settles() => Assert.Null(Mser.Truncation([.. Enumerable.Range(0, 200).Select(i => (double)i)]));

    [Fact]
    public void A_warm_up_that_ends_in_the_transient_is_warned_about()
    {
        Assert.Contains("warm-up looks too short", WarmupCheck.Warning([Replication(transient: 12)]), StringComparison.Ordinal);
        Assert.Contains("run looks too short", WarmupCheck.Warning([Replication(transient: 60)]), StringComparison.Ordinal);
        Assert.Null(WarmupCheck.Warning([Replication(transient: 0)]));
        Assert.Null(WarmupCheck.Warning([Replication(transient: 12, new PhaseSpan("fault", 0, 10))]));
        Assert.Null(WarmupCheck.Warning([]));
    }

    private static ReplicationRecord Replication(int transient, params PhaseSpan[] phases)
    {
        var mesh = new ToyMesh();
        for (int second = 0; second < 60; second++)
            for (int i = 0; i < 5; i++) mesh.Call("ingress", "cart", "/", second * 1000 + i * 10, 100 + i + (second < transient ? 200.0 * (transient - second) / transient : 0));
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(60_000), Phases = phases });
        mesh.Play(recorder);
        return recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 60, WallSeconds = 1 });
    }
}
