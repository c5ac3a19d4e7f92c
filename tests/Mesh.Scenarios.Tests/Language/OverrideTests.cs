namespace Mesh.Scenarios.Tests.Language;

public sealed class OverrideTests
{
    [Fact]
    public void A_value_on_the_command_line_replaces_the_files()
    {
        var world = Reads.SmallWith("duration=90s", "workload[0].rate=7/s", "services.front.serviceTime.mean=3ms").World;
        Assert.Equal(90, world.Duration.TotalSeconds);
        Assert.Equal(7, world.Workloads[0].Stages[0].Rate);
        Assert.Equal((0.003, 0.015), (world.Services[0].Versions[0].ServiceTime.Mean, world.Services[0].Versions[0].ServiceTime.P99));
    }

    [Theory]
    [InlineData("workload[shoppers].rate=7/s")]
    [InlineData("workload.shoppers.rate=7/s")]
    [InlineData("workload.0.rate=7/s")]
    public void An_item_of_a_list_is_named_by_its_index_or_its_name(string set) => Assert.Equal(7, Reads.SmallWith(set).World.Workloads[0].Stages[0].Rate);

    [Fact]
    public void Keys_that_the_file_does_not_have_are_made() =>
        Assert.Equal(0.3, Reads.SmallWith("mesh.services.back.timeout=300ms").World.Mesh.PolicyFor("back").Timeout!.Value.TotalSeconds);

    [Fact]
    public void Null_takes_a_key_away() =>
        Assert.Equal((1UL, 1), (Reads.SmallWith("seed=7", "seed=null").World.Seed, Reads.SmallWith("replications=9", "replications=null").Replications));

    [Fact]
    public void A_later_argument_wins() => Assert.Equal(3UL, Reads.SmallWith("seed=2", "seed=3").World.Seed);

    [Fact]
    public void Only_the_named_one_of_two_values_that_share_an_anchor_changes()
    {
        var services = Reads.Scenario("""
            version: 1
            duration: 10s
            services: {a: &one {replicas: 2}, b: *one}
            workload: [{to: a, rate: 1/s}]
            """, "services.b.replicas=5").World.Services;
        Assert.Equal([2, 5], services.Select(service => service.Versions[0].Replicas));
    }

    [Theory]
    [InlineData("workload[7].rate=3/s", "--set workload[7].rate=3/s: workload: the list has no item '7'. Write an index from 0 to 0 or a name: shoppers.")]
    [InlineData("duration.mean=3s", "--set duration.mean=3s: duration: '60s' has no key 'mean' inside it.")]
    [InlineData("durations=3s", "--set durations=3s: durations: unknown key 'durations'. Did you mean 'duration'?")]
    [InlineData("duration=[3s", "--set duration=[3s: this is not YAML:")]
    public void Errors_point_at_the_argument(string set, string message) => Assert.StartsWith(message, Assert.Single(Reads.Errors(Reads.Small, set)), StringComparison.Ordinal);
}
