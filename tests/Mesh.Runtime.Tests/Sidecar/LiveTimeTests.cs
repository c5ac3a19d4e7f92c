using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>The processes of one live world have one time.</summary>
public sealed class LiveTimeTests
{
    [Fact]
    public void A_time_with_anothers_origin_reads_the_same_ticks()
    {
        var first = new LiveTime();
        var second = new LiveTime(first.Origin, first.Began);
        long before = first.GetTimestamp(), between = second.GetTimestamp(), after = first.GetTimestamp();
        Assert.InRange(between, before, after);
        var noon = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(first.ToTicks(noon), second.ToTicks(noon));
    }
}
