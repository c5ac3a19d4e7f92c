using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Tests.Randomness;

public class DistributionProblemTests
{
    private const double Ms = 1e-3;

    public static TheoryData<DistributionConfig, string, string> Impossible => new()
    {
        { new(), "distribution", "has no parameter" },
        { new() { Mean = 8 * Ms, P50 = 0 }, "p50", "is 0 s, but every value of a lognormal distribution is above 0: give more than 0, or leave it out." },
        { new() { Mean = 8 * Ms, P50 = 9 * Ms }, "p50", "the median of a lognormal is below its mean (8 ms)" },
        { new() { Mean = 8 * Ms, P99 = 7 * Ms }, "p99", "a high percentile is above its mean (8 ms)" },
        { new() { Mean = 8 * Ms, P99 = 120 * Ms }, "p99", "is 120 ms, 15 times the mean: in no lognormal is p99 more than 14.97 times the mean (here 119.7 ms)" },
        { new() { P50 = 8 * Ms, P99 = 4 * Ms }, "p99", "is 4 ms, less than p50 (8 ms)" },
        { new() { P50 = 8 * Ms, P99 = 8 * Ms }, "p99", "a lognormal varies" },
        { new() { Mean = 8 * Ms, P50 = 5 * Ms, P99 = 40 * Ms }, "distribution", "cannot be told from what is given (mean 8 ms, p50 5 ms, p99 40 ms)" },
        { new() { P99 = 40 * Ms }, "distribution", "give mean alone (exponential)" },
        { new() { Mean = 8 * Ms, Shape = 2 }, "distribution", "name gamma, weibull or pareto" },
        { new() { Mean = -1 }, "mean", "is -1 s: give a finite number of 0 or more" },
        { new() { Mean = double.NaN }, "mean", "finite" },
        { new() { Mean = double.PositiveInfinity }, "mean", "finite" },
        { new() { Mean = 8 * Ms, Cv = 0 }, "cv", "for no variation at all: distribution: constant" },
        { new() { Mean = 1 * Ms, Min = 2 * Ms, Max = 3 * Ms }, "mean", "is 1 ms, less than min (2 ms)" },
        { new() { Mean = 4 * Ms, Min = 2 * Ms, Max = 3 * Ms }, "mean", "is 4 ms, more than max (3 ms)" },
        { new() { Kind = DistributionKind.Constant }, "mean", "is missing for constant" },
        { new() { Kind = DistributionKind.Constant, Mean = 1, P99 = 2 }, "p99", "constant has no use for it" },
        { new() { Kind = DistributionKind.Exponential, Mean = 0 }, "mean", "is 0 s" },
        { new() { Kind = DistributionKind.Exponential, Mean = 1, P99 = 2 }, "distribution", "exponential has one parameter" },
        { new() { Kind = DistributionKind.Lognormal, Mean = 1 }, "distribution", "lognormal has two parameters" },
        { new() { Kind = DistributionKind.Gamma, Cv = 1 }, "mean", "is missing for gamma" },
        { new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Shape = 0.01 }, "shape", "shapes from 0.1 to 1000" },
        { new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, Cv = 10 }, "cv", "takes a shape of 0.01" },
        { new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, P99 = 1000 * Ms }, "p99", "move it there" },
        { new() { Kind = DistributionKind.Gamma, Mean = 8 * Ms, P50 = 8.1 * Ms }, "p50", "a gamma distribution with mean 8 ms has it between" },
        { new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, Cv = 1000 }, "cv", "for weibull" },
        { new() { Kind = DistributionKind.Weibull, Mean = 8 * Ms, P99 = 8 * Ms }, "p99", "a Weibull distribution" },
        { new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, Cv = 0.5 }, "cv", "reaches below 0" },
        { new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, P99 = 40 * Ms }, "p99", "at most at 14.2 ms" },
        { new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, P99 = 7 * Ms }, "p99", "has it above that" },
        { new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, P50 = 8 * Ms }, "p50", "says nothing about normal" },
        { new() { Kind = DistributionKind.Normal, Mean = 8 * Ms, Shape = 2 }, "shape", "says nothing about normal" },
        { new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, Shape = 0.9 }, "shape", "finite only for shapes above 1" },
        { new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, P99 = 300 * Ms }, "p99", "Give less than 200 ms" },
        { new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, P99 = 2 * Ms }, "p99", "above its min (2 ms)" },
        { new() { Kind = DistributionKind.Pareto, Min = 2 * Ms, Mean = 2 * Ms }, "mean", "above its min" },
        { new() { Kind = DistributionKind.Pareto, Mean = 8 * Ms, P99 = 80 * Ms }, "p99", "below 63.91 ms" },
        { new() { Kind = DistributionKind.Pareto, Shape = 2 }, "distribution", "pareto has two parameters" },
        { new() { Kind = DistributionKind.Uniform, Max = 1 }, "min", "is missing for uniform" },
        { new() { Kind = DistributionKind.Uniform, Min = 1, Max = 1 }, "max", "a uniform varies" },
        { new() { Kind = DistributionKind.Empirical, P50 = 1 }, "distribution", "too few quantiles" },
        { new() { Kind = DistributionKind.Empirical, Mean = 1, P50 = 1, P99 = 3 }, "mean", "empirical has no use for it" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Impossible_parameters_are_refused_by_name_with_the_rule(DistributionConfig config, string member, string message)
    {
        Assert.False(Distribution.TryCreate(config, out _, out var problem));
        Assert.Equal(member, problem.Member);
        Assert.Contains(message, problem.Message);
        Assert.Equal(problem, Assert.Throws<DistributionException>(() => Distribution.Create(config)).Problem);
    }

    [Fact]
    public void Mean_of_zero_alone_is_no_time_at_all() =>
        Assert.Equal("constant 0 s", Distribution.Create(new() { Mean = 0 }).Describe());
}
