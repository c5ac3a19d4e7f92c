namespace Mesh.Simulator.Randomness;

/// <summary>The fitted distributions of one world: a thousand services with the same service time share one. Fitting some families takes milliseconds.</summary>
public sealed class Distributions
{
    private readonly Dictionary<DistributionConfig, Distribution> _fitted = [];

    /// <summary>The distribution that <paramref name="config"/> asks for.</summary>
    public Distribution Of(DistributionConfig config)
    {
        if (!_fitted.TryGetValue(config, out var distribution)) _fitted.Add(config, distribution = Distribution.Create(config));
        return distribution;
    }
}
