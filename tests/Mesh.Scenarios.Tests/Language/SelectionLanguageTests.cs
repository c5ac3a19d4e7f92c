using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>Locality, slow start, subsets and subsetting in the scenario language.</summary>
public sealed class SelectionLanguageTests
{
    private const string Zones = "zones=[a, b, c]";

    [Fact]
    public void Defaults_are_the_followed_systems()
    {
        Assert.Equal((6, 1.4, false), (Locality("{}").MinClusterSize, Locality("{}").OverprovisioningFactor, Locality("{}").ZoneAware));
        var slow = Policy("slowStart={window: 30s}").SlowStart!;
        Assert.Equal((TimeSpan.FromSeconds(30), 0.1, 1.0), (slow.Window, slow.Minimum, slow.Aggression));
        Assert.Equal(SubsettingAlgorithm.Shuffle, Policy("subsetting=20").Subsetting!.Algorithm);
        Assert.Equal(SubsettingAlgorithm.Ring, Policy("subsetting={size: 20, algorithm: ring}").Subsetting!.Algorithm);
    }

    [Fact]
    public void Failover_is_a_list_for_all_or_lists_by_zone()
    {
        Assert.Equal(["b", "c"], Locality("{failover: [b, c]}").Failover![LocalityConfig.AnyZone]);
        Assert.Empty(Locality("{failover: []}").Failover![LocalityConfig.AnyZone]);
        Assert.Equal(["c"], Locality("{failover: {a: [b], b: [c]}}").Failover!["b"]);
    }

    [Fact]
    public void Shares_are_read_by_caller_and_callee()
    {
        var distribute = Locality("{distribute: {a: {a: 80%, b: 20%}}, overprovisioningFactor: 120%}").Distribute!;
        Assert.Equal((0.8, 0.2), (distribute["a"]["a"], distribute["a"]["b"]));
    }

    [Theory]
    [InlineData("locality={failover: [d]}", "there is no zone 'd'.")]
    [InlineData("locality={distribute: {x: {a: 100%}}}", "there is no zone 'x'.")]
    [InlineData("locality={priorities: [[a], [y]]}", "there is no zone 'y'.")]
    [InlineData("locality={distribute: {a: {a: 80%, b: 10%}}}", "the shares of callers in 'a' add up to 90%; make them 100%.")]
    [InlineData("locality={failover: [b, b]}", "the zone 'b' is there twice; keep one.")]
    [InlineData("locality={failover: b}", "needs a list of zones such as [b, c], or zones by the caller's zone, such as {a: [b], b: [a]}, but there is 'b'.")]
    [InlineData("locality={zoneAware: true, failover: [b]}", "write one of the two")]
    [InlineData("locality={distribute: {a: {a: 100%}}, failover: [b]}", "write one of the two")]
    [InlineData("locality={priorities: [[a]], failover: [b]}", "write one of the two")]
    [InlineData("locality={overprovisioningFactor: 90%}", "write 100% or more, such as 140%.")]
    [InlineData("slowStart={aggression: 2}", "the key 'window' is missing")]
    [InlineData("subsetting=0", "0 is outside the range; write a whole number from 1 to 1000000.")]
    public void Mistake_is_told(string policy, string message) =>
        Assert.Contains(message, Assert.Single(Reads.Errors(Reads.Small, Zones, $"mesh.defaults.{policy}")), StringComparison.Ordinal);

    [Fact]
    public void Subset_that_no_version_can_be_in_is_told()
    {
        Assert.Contains("no version of 'back' has the labels {tier: gold}",
            Assert.Single(Reads.Errors(Reads.Small, "mesh.services.back.subsets={gold: {labels: {tier: gold}}}")), StringComparison.Ordinal);
        var file = Reads.SmallWith("services.back.labels={tier: gold}", "mesh.services.back.subsets={gold: {labels: {tier: gold, version: v1}}}");
        Assert.Equal("gold", file.World.Mesh.Services["back"].Subsets!["gold"].Labels["tier"]);
    }

    private static PolicyConfig Policy(string policy) => Reads.SmallWith(Zones, $"mesh.defaults.{policy}").World.Mesh.Defaults;

    private static LocalityConfig Locality(string locality) => Policy($"locality={locality}").Locality!;
}
