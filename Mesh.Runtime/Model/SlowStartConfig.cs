namespace Mesh.Runtime.Model;

/// <summary>
/// How an endpoint that has joined or recovered is eased in: its weight is multiplied by max(<see cref="Minimum"/>, (t / <see cref="Window"/>)^(1 / <see cref="Aggression"/>)),
/// where t is the time since it joined (Envoy's <c>slow_start_config</c>). Round robin and least request only.
/// </summary>
public sealed record SlowStartConfig
{
    /// <summary>How long it takes until an endpoint has its full weight; above 0. No default (Envoy has none).</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>The least share of its weight that an endpoint has, 0 to 1. Default 0.1 (Envoy's <c>min_weight_percent</c>).</summary>
    public double Minimum { get; init; } = 0.1;

    /// <summary>How the weight grows: 1 in proportion to the time, above 1 faster at first, below 1 slower at first. Above 0. Default 1 (Envoy).</summary>
    public double Aggression { get; init; } = 1;
}
