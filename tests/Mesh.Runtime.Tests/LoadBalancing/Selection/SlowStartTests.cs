using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class SlowStartTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    [Theory]
    [InlineData(0, 1.0, 0.1, 0.1)]
    [InlineData(1, 1.0, 0.1, 0.1)]
    [InlineData(3, 1.0, 0.1, 0.3)]
    [InlineData(10, 1.0, 0.1, 1)]
    [InlineData(11, 1.0, 0.1, 1)]
    [InlineData(2.5, 2.0, 0.1, 0.5)]     // (1/4)^(1/2)
    [InlineData(5, 0.5, 0.1, 0.25)]      // (1/2)^2
    [InlineData(0, 1.0, 0.0, 0.0001)]    // below 1 ms counts as 1 ms of 10 s
    public void Weight_grows_with_the_time_in_the_window(double seconds, double aggression, double minimum, double factor)
    {
        var config = new SlowStartConfig { Window = TimeSpan.FromSeconds(10), Aggression = aggression, Minimum = minimum };
        Assert.Equal(factor, EffectiveWeights.Factor(config, (long)(seconds * Second)), 12);
    }

    [Fact]
    public void Endpoints_of_the_first_snapshot_have_their_full_weight()
    {
        var picker = Eased("ab");
        picker.Pick(now: 1);
        Assert.Null(picker.States.FindHealth(0));
    }

    [Fact]
    public void Newcomer_of_a_later_snapshot_is_eased_in()
    {
        var picker = Eased("a");
        picker.Apply(5 * Second, [.. picker.Model.Endpoints, Picker.Endpoint(50)]);
        Assert.Equal(5 * Second, picker.States.Health(50).HealthySince);
        Assert.Null(picker.States.FindHealth(0));
    }

    [Fact]
    public void Newcomer_counts_for_nothing_special_without_slow_start()
    {
        var picker = new Picker(null, "a");
        picker.Apply(5 * Second, [.. picker.Model.Endpoints, Picker.Endpoint(50)]);
        Assert.Null(picker.States.FindHealth(50));
    }

    private static Picker Eased(string zones) => new(new PolicyConfig { SlowStart = new SlowStartConfig { Window = TimeSpan.FromSeconds(10) } }, zones);
}
