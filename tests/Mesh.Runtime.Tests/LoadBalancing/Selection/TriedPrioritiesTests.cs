using CsCheck;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

/// <summary>Envoy's <c>previous_priorities</c>, after its own tests: priorities that are tried are left out, and the load goes to the others.</summary>
public class TriedPrioritiesTests
{
    /// <summary>The loads after these tries, or <c>null</c> for the usual ones.</summary>
    private static string? Loads(int[] tried, int frequency, int[] healthy, int[]? degraded = null)
    {
        int[] load = new int[healthy.Length], less = new int[healthy.Length];
        return TriedPriorities.TryShare(tried, frequency, healthy, degraded ?? new int[healthy.Length], load, less)
            ? string.Join(' ', load) + (degraded is null ? "" : $" / {string.Join(' ', less)}")
            : null;
    }

    [Theory]
    [InlineData("", 1, "100 100", null)]                 // the first attempt
    [InlineData("0", 1, "100 100", "0 100")]
    [InlineData("0 1", 1, "100 100", "100 0")]           // none is left: all over again, with the latest left in
    [InlineData("0 1 0", 1, "100 100", "0 100")]
    [InlineData("0", 2, "100 100", null)]                // taken up after two
    [InlineData("0 0", 2, "100 100", "0 100")]
    [InlineData("0 0 1", 2, "100 100", "0 100")]         // between, as it was
    [InlineData("0", 1, "100 0 100", "0 0 100")]         // a priority that is down is no way out
    [InlineData("0", 1, "35 35 100", "0 35 65")]
    [InlineData("0", 1, "100 0", "100 0")]               // nowhere else to go
    [InlineData("-1", 1, "100 100", "100 0")]            // its endpoint is gone
    public void Priorities_tried_are_left_out(string tried, int frequency, string healthy, string? loads) =>
        Assert.Equal(loads, Loads(Numbers(tried), frequency, Numbers(healthy)));

    [Fact]
    public void Nothing_is_changed_where_nothing_is_available() => Assert.Null(Loads([0], 1, [0, 0]));

    [Fact]
    public void Degraded_endpoints_of_other_priorities_take_over() => Assert.Equal("0 0 / 0 100", Loads([0], 1, [100, 0], [0, 70]));

    [Fact]
    public void Loads_add_up_to_100_and_never_go_to_a_priority_tried_while_another_is_left() =>
        Gen.Select(Gen.Int[0, 100].Array[2, 5], Gen.Int[0, 4].Array[1, 8]).Sample((healthy, tries) =>
        {
            int[] tried = [.. tries.Select(one => one % healthy.Length)], load = new int[healthy.Length], less = new int[healthy.Length];
            if (!TriedPriorities.TryShare(tried, 1, healthy, new int[healthy.Length], load, less)) return healthy.All(one => one == 0);
            int latest = tried[^1];
            bool another = healthy.Where((_, i) => i != latest).Any(one => one > 0);
            return load.Sum() == 100 && healthy.Zip(load).All(one => one.First > 0 || one.Second == 0) && (load[latest] == 0 || !another || tried.Distinct().Count() > 1);
        });

    /// <summary>Three priorities of one endpoint each; every retry goes where no attempt was.</summary>
    [Fact]
    public void Retry_goes_to_the_next_priority_though_the_first_is_healthy()
    {
        var picker = new Picker(new PolicyConfig { Locality = new LocalityConfig { Priorities = [["a"], ["b"], ["c"]] } }, "abc");
        Assert.Equal(["a", "b", "c", "a"], new int[][] { [], [0], [0, 10], [0, 10, 20] }.Select(tried => picker.Pick(tried: tried, previousPriorities: 1)!.Zone));
        Assert.Equal("a", picker.Pick(tried: [0])!.Zone);
    }

    private static int[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
