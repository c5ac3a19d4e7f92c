using CsCheck;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Tests.Randomness;

public class DistributionTests
{
    private const double Ms = 1e-3;

    /// <summary>Every family by every way to ask for it, with parameters in milliseconds.</summary>
    public static TheoryData<string, DistributionConfig> Fits => new()
    {
        { "exponential", new() { Mean = 8 * Ms } },
        { "exponential", new() { Kind = DistributionKind.Exponential, P99 = 40 * Ms } },
        { "lognormal", new() { Mean = 8 * Ms, P99 = 40 * Ms } },
        { "lognormal", new() { Mean = 8 * Ms, P50 = 5 * Ms } },
        { "lognormal", new() { Mean = 8 * Ms, P999 = 900 * Ms } },
        { "lognormal", new() { Mean = 8 * Ms, Cv = 1.5 } },
        { "lognormal", new() { P50 = 5 * Ms, P99 = 40 * Ms } },
        { "lognormal", new() { P90 = 5 * Ms, P999 = 40 * Ms } },
        { "lognormal", new() { P95 = 5 * Ms, Cv = 0.3 } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, P99 = 40 * Ms } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, P99 = 12 * Ms } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, P50 = 2 * Ms } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Cv = 2 } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Shape = 0.1 } },
        { "gamma", new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Shape = 1000 } },
        { "weibull", new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, P99 = 40 * Ms } },
        { "weibull", new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, P50 = 7.5 * Ms } },
        { "weibull", new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, Cv = 2 } },
        { "weibull", new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, Shape = 0.7 } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, P99 = 40 * Ms } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, Mean = 3 * Ms } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, Shape = 2.5 } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Mean = 8 * Ms, P99 = 40 * Ms } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Mean = 8 * Ms, P50 = 5 * Ms } },
        { "pareto", new() { Kind = DistributionKind.Pareto, Mean = 8 * Ms, Cv = 0.5 } },
        { "uniform", new() { Min = 2 * Ms, Max = 10 * Ms } },
        { "empirical", new() { P50 = 5 * Ms, P90 = 9 * Ms, P99 = 40 * Ms, P999 = 90 * Ms } },
        { "empirical", new() { Min = 1 * Ms, P50 = 5 * Ms, P99 = 40 * Ms, Max = 41 * Ms } },
        { "empirical", new() { Kind = DistributionKind.Empirical, P50 = 5 * Ms, P99 = 40 * Ms } },
        { "normal", new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, Cv = 0.25 } },
        { "normal", new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, P99 = 12 * Ms } },
        { "constant", DistributionConfig.Constant(8 * Ms) },
    };

    [Theory]
    [MemberData(nameof(Fits))]
    public void Fitted_distribution_has_what_was_asked(string family, DistributionConfig asked)
    {
        var fitted = Distribution.Create(asked);
        Assert.StartsWith(family, fitted.Describe());
        AssertNear(asked.Mean, fitted.Mean);
        if (family == "constant")
            return;
        AssertNear(asked.Min, fitted.Quantile(0));
        AssertNear(asked.P50, fitted.Quantile(0.5));
        AssertNear(asked.P90, fitted.Quantile(0.9));
        AssertNear(asked.P95, fitted.Quantile(0.95));
        AssertNear(asked.P99, fitted.Quantile(0.99));
        AssertNear(asked.P999, fitted.Quantile(0.999));
        AssertNear(asked.Max, fitted.Quantile(1 - 1e-12));
        if (asked.Cv is { } cv)
            Assert.Equal(cv, Variation(fitted), 0.02 * cv);
    }

    [Theory]
    [MemberData(nameof(Fits))]
    public void Mean_is_the_integral_of_the_quantiles(string family, DistributionConfig asked)
    {
        var fitted = Distribution.Create(asked);
        // A Pareto tail leaves some of its mean beyond the last step of the sum.
        double tolerance = family == "pareto" ? 2e-3 : 2e-4;
        Assert.Equal(fitted.Mean, Integral(fitted, x => x), tolerance * fitted.Mean);
    }

    [Theory]
    [MemberData(nameof(Fits))]
    public void Quantiles_never_fall(string family, DistributionConfig asked)
    {
        var fitted = Distribution.Create(asked);
        Gen.Select(Gen.Double.Unit, Gen.Double.Unit).Sample((a, b) =>
        {
            Assert.True(fitted.Quantile(Math.Min(a, b)) <= fitted.Quantile(Math.Max(a, b)), $"{family}: quantiles of {a} and {b} are out of order.");
        }, iter: 2000);
        Assert.True(fitted.Quantile(0) >= 0);
        Assert.True(double.IsFinite(fitted.Quantile(KeyedRandom.ToUnit(ulong.MaxValue))));
    }

    [Theory]
    [MemberData(nameof(Fits))]
    public void Mean_of_draws_is_within_five_standard_errors(string family, DistributionConfig asked)
    {
        const int draws = 40_000;
        var fitted = Distribution.Create(asked);
        var random = new KeyedRandom(1);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < draws; i++)
        {
            double seconds = (double)fitted.SampleTicks(random.Bits(Concern.ServiceTime, (ulong)i)) / TimeSpan.TicksPerSecond;
            sum += seconds;
            squares += seconds * seconds;
        }
        double mean = sum / draws;
        double standardError = Math.Sqrt(Math.Max(0, (squares / draws) - (mean * mean)) / draws);
        // Half a tick for the rounding of a constant.
        Assert.True(Math.Abs(mean - fitted.Mean) <= (5 * standardError) + 5e-8, $"{family}: mean {mean} of draws, {fitted.Mean} of the distribution.");
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(200)]
    public void Tabulated_gamma_is_within_a_ten_thousandth_of_the_exact_one(double shape)
    {
        var table = Distribution.Create(new() { Kind = DistributionKind.Gamma, Mean = 1, Shape = shape });
        for (double u = 0.3; u < 0.99999; u += 0.00371)
        {
            double exact = MathNet.Numerics.Distributions.Gamma.InvCDF(shape, shape, u);
            Assert.Equal(exact, table.Quantile(u), 1e-4 * Math.Max(exact, 1e-3));
        }
    }

    [Fact]
    public void Description_is_for_people()
    {
        Assert.Equal("lognormal, mean 8 ms, p99 40 ms", Distribution.Create(new() { Mean = 8 * Ms, P99 = 40 * Ms }).Describe());
        Assert.Equal("constant 300 µs", Distribution.Create(DistributionConfig.Constant(0.3 * Ms)).Describe());
        Assert.Equal("exponential, mean 1.25 s", Distribution.Create(new() { Mean = 1.25 }).Describe());
        Assert.Equal("uniform, 0 s to 2 ms", Distribution.Create(new() { Min = 0, Max = 2 * Ms }).Describe());
    }

    [Fact]
    public void Draws_are_whole_ticks_and_stay_in_range()
    {
        Assert.Equal(80_000, Distribution.Create(DistributionConfig.Constant(8 * Ms)).SampleTicks(0));
        Assert.Equal(0, Distribution.Create(new() { Mean = 8 * Ms }).SampleTicks(0));
        Assert.True(Distribution.Create(new() { Mean = 1e9 }).SampleTicks(ulong.MaxValue) > 0);
    }

    [Fact]
    public void Hot_families_draw_without_allocating()
    {
        var exponential = Distribution.Create(new() { Mean = 8 * Ms });
        var lognormal = Distribution.Create(new() { Mean = 8 * Ms, P99 = 40 * Ms });
        var gamma = Distribution.Create(new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Shape = 3 });
        Assert.Equal(0, AllocatedBy(exponential));
        Assert.Equal(0, AllocatedBy(lognormal));
        Assert.Equal(0, AllocatedBy(gamma));
    }

    private static long AllocatedBy(Distribution distribution)
    {
        distribution.SampleTicks(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 0; i < 1000; i++)
            distribution.SampleTicks(i << 54);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void AssertNear(double? asked, double found)
    {
        if (asked is { } value)
            Assert.Equal(value, found, 1e-4 * value);
    }

    private static double Variation(Distribution distribution)
    {
        double mean = Integral(distribution, x => x);
        return Math.Sqrt((Integral(distribution, x => x * x) / (mean * mean)) - 1);
    }

    /// <summary>
    /// The mean of f over the distribution, by the midpoint rule in t where u = 1 − e^(−t), which resolves the tail.
    /// </summary>
    private static double Integral(Distribution distribution, Func<double, double> f)
    {
        const int steps = 200_000;
        const double end = 30;
        double sum = 0;
        for (int i = 0; i < steps; i++)
        {
            double left = Math.Exp(-end * i / steps);
            double right = Math.Exp(-end * (i + 1) / steps);
            sum += (left - right) * f(distribution.Quantile(1 - ((left + right) / 2)));
        }
        return sum;
    }
}
