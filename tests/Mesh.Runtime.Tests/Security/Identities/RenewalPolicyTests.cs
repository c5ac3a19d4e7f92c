using CsCheck;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Tests.Security.Identities;

public class RenewalPolicyTests
{
    private static readonly RenewalOptions Options = new();
    private static readonly DateTimeOffset Now = new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0ul, 24 * 0.49)]                    // a share of 0.49 is left
    [InlineData(1ul << 63, 24 * 0.50)]
    [InlineData(ulong.MaxValue, 24 * 0.51)]
    public void Renewal_begins_at_half_of_the_lifetime_give_or_take_a_hundredth(ulong draw, double hoursLeft)
    {
        var expires = Now + TimeSpan.FromHours(24);
        Assert.Equal(hoursLeft, (expires - RenewalPolicy.RenewAt(Options, Now, expires, draw)).TotalHours, 6);
    }

    [Fact]
    public void Renewal_lies_within_the_life_whatever_the_settings() =>
        Gen.Select(Gen.ULong, Gen.Double[0, 1], Gen.Double[0, 2], Gen.Int[1, 1_000_000]).Sample((draw, ratio, jitter, seconds) =>
        {
            var expires = Now + TimeSpan.FromSeconds(seconds);
            Assert.InRange(RenewalPolicy.RenewAt(new() { GraceRatio = ratio, GraceJitter = jitter }, Now, expires, draw), Now, expires);
        });

    [Fact]
    public void Waits_after_failures_double_to_a_minute_and_keep_half_of_it() => Gen.Select(Gen.Int[1, 1_000], Gen.ULong).Sample((failures, draw) =>
    {
        double interval = Math.Min(60, Math.Pow(2, Math.Min(failures - 1, 10)));
        Assert.InRange(RenewalPolicy.RetryAfter(Options, failures, draw).TotalSeconds, interval / 2, interval);
    });
}
