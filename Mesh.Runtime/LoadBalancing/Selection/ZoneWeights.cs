using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// Locality weights: each zone has its share of the requests, and loses some of it once too few of its endpoints are healthy (Envoy's <c>locality_weighted_lb_config</c>).
/// Envoy deals the zones out by earliest deadline; here each request draws its zone, so that the same request goes to the same zone whatever else is sent.
/// </summary>
internal sealed class ZoneWeights : IZoneChoice
{
    private readonly double[] _cumulative;

    private ZoneWeights(double[] cumulative) => _cumulative = cumulative;

    /// <summary>A zone's weight by its health: weight × min(1, factor × healthy / total).</summary>
    public static double Effective(double weight, int healthy, int total, double factor) =>
        total == 0 ? 0 : weight * Math.Min(1, factor * healthy / total);

    /// <summary>Zones with these weights, at least one above 0; <c>null</c> where none is.</summary>
    public static ZoneWeights? Of(ReadOnlySpan<double> weights)
    {
        double[] cumulative = new double[weights.Length];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++) cumulative[i] = sum += weights[i];
        return sum > 0 ? new ZoneWeights(cumulative) : null;
    }

    /// <inheritdoc/>
    public int Choose(ref DrawSequence draws)
    {
        double at = KeyedRandom.ToUnit(draws.Next()) * _cumulative[^1];
        int zone = 0;
        while (at >= _cumulative[zone]) zone++;
        return zone;
    }
}
