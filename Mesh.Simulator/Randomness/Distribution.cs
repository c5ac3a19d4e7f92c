using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness.Families;

namespace Mesh.Simulator.Randomness;

/// <summary>
/// A distribution of times in seconds, fitted to the parameters that people have at hand. Each draw takes one uniform number and inverts
/// the distribution function, so that the draws of two runs stay paired, and rise and fall together, when a parameter is changed.
/// </summary>
public sealed class Distribution : IFaultDelay
{
    private const double LongestSeconds = 1e9;
    private readonly Family _family;

    private Distribution(Family family, DistributionConfig config) => (_family, Config) = (family, config);

    /// <summary>What it was made from.</summary>
    public DistributionConfig Config { get; }

    /// <summary>Names the form in which a fault's distribution is told to another process.</summary>
    public static void RegisterForm() => FaultDelays.Register<Distribution>(
        "distribution", static distribution => JsonSerializer.Serialize(distribution.Config), static text => Create(JsonSerializer.Deserialize<DistributionConfig>(text) ?? throw new FormatException("it is null.")));

    /// <summary>The mean, in seconds.</summary>
    public double Mean => _family.Mean;

    /// <summary>The distribution that <paramref name="config"/> asks for.</summary>
    /// <exception cref="DistributionException">There is none.</exception>
    public static Distribution Create(DistributionConfig config) => new(DistributionFit.Fit(config), config);

    /// <summary>The distribution that <paramref name="config"/> asks for, or why there is none.</summary>
    public static bool TryCreate(
        DistributionConfig config,
        [NotNullWhen(true)] out Distribution? distribution,
        [NotNullWhen(false)] out DistributionProblem? problem)
    {
        try
        {
            (distribution, problem) = (Create(config), null);
            return true;
        }
        catch (DistributionException e)
        {
            (distribution, problem) = (null, e.Problem);
            return false;
        }
    }

    /// <summary>The value, in seconds, that a share of <paramref name="u"/> of all draws, 0 to below 1, stays below.</summary>
    public double Quantile(double u) => _family.Quantile(u);

    /// <summary>The draw, in seconds, that belongs to a uniform number in [0, 1).</summary>
    public double Sample(double unit) => _family.Quantile(unit);

    /// <summary>The draw that belongs to 64 uniform bits, in ticks of 100 ns, rounded to the nearest; never negative, at most 31 years.</summary>
    public long SampleTicks(ulong bits)
    {
        double seconds = _family.Quantile(KeyedRandom.ToUnit(bits));
        return seconds < LongestSeconds ? (long)((seconds * TimeSpan.TicksPerSecond) + 0.5) : (long)(LongestSeconds * TimeSpan.TicksPerSecond);
    }

    /// <summary>For people: the family and what it was fitted to, such as <c>lognormal, mean 8 ms, p99 40 ms</c>.</summary>
    public string Describe() => _family.Describe();
}
