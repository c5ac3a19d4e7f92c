using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.Routing;

public class VersionSplitTests
{
    [Fact]
    public void Shares_are_within_their_interval() =>
        Gen.Select(Gen.Int[0, 100].Array[1, 5].Where(weights => weights.Sum() > 0), Gen.ULong).Sample((weights, seed) =>
        {
            const int Requested = 4000;
            var split = new VersionSplit(Config(weights));
            var random = new KeyedRandom(seed);
            var counts = new int[weights.Length];
            for (ulong key = 0; key < Requested; key++) counts[split.Choose(random, Requests.Get("/", key))[1] - '0']++;
            for (int i = 0; i < weights.Length; i++)
            {
                double share = weights[i] / (double)weights.Sum();
                double allowed = 6 * Math.Sqrt(Requested * share * (1 - share)) + 1e-9;   // six standard deviations: fails once in 10^9
                Assert.InRange(counts[i], Requested * share - allowed, Requested * share + allowed);
            }
        }, iter: 30);

    [Fact]
    public void Weights_are_relative_to_their_sum()
    {
        var (percent, ratio, random) = (new VersionSplit(Config(95, 5)), new VersionSplit(Config(19, 1)), new KeyedRandom(7));
        for (ulong key = 0; key < 1000; key++) Assert.Equal(percent.Choose(random, Requests.Get("/", key)), ratio.Choose(random, Requests.Get("/", key)));
    }

    [Fact]
    public void Request_keeps_its_version_whatever_its_attempt()
    {
        var (split, random) = (new VersionSplit(Config(50, 50)), new KeyedRandom(7));
        for (ulong key = 0; key < 100; key++)
        {
            var request = Requests.Get("/", key);
            string first = split.Choose(random, request);
            request.Attempt = 3;
            Assert.Equal(first, split.Choose(random, request));
        }
    }

    [Fact]
    public void Larger_weight_only_takes_requests_over()
    {
        // The same draws: what went to v0 at 90% still does at 95%.
        var (narrow, wide, random) = (new VersionSplit(Config(90, 10)), new VersionSplit(Config(95, 5)), new KeyedRandom(3));
        for (ulong key = 0; key < 1000; key++)
        {
            if (narrow.Choose(random, Requests.Get("/", key)) == "v0") Assert.Equal("v0", wide.Choose(random, Requests.Get("/", key)));
        }
    }

    [Fact]
    public void Session_stays_with_its_version_and_sessions_are_shared_out()
    {
        var split = new VersionSplit(Config(50, 50) with { StickyHeader = "X-User" });
        var random = new KeyedRandom(1);
        var versions = Enumerable.Range(0, 200).Select(user => Enumerable.Range(0, 5)
            .Select(i => split.Choose(random, Requests.Get("/", (ulong)i).With(headers: $"x-user=u{user}"))).Distinct().Single()).ToList();
        Assert.InRange(versions.Count(version => version == "v0"), 60, 140);
        Assert.Equal(2, Enumerable.Range(0, 100).Select(key => split.Choose(random, Requests.Get("/", (ulong)key))).Distinct().Count());
    }

    private static SplitConfig Config(params int[] weights) => new() { Weights = [.. weights.Select((weight, i) => KeyValuePair.Create($"v{i}", (double)weight))] };
}
