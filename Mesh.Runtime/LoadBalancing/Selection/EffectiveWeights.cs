using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>The weights of the moment: the configured weight, times the part that is this proxy's (subsetting), times what slow start leaves of it.</summary>
/// <param name="states">What this proxy knows about the endpoints.</param>
/// <param name="slowStart">How newcomers are eased in; <c>null</c>: at once.</param>
/// <param name="shares">The part of an endpoint that is this proxy's, where it is less than the whole.</param>
internal sealed class EffectiveWeights(EndpointStates states, SlowStartConfig? slowStart, IReadOnlyDictionary<int, double>? shares) : IWeights
{
    /// <inheritdoc/>
    public double WeightOf(Endpoint endpoint, long now)
    {
        double weight = endpoint.Weight;
        if (shares is not null && shares.TryGetValue(endpoint.Id, out double share)) weight *= share;
        if (slowStart is not null && states.FindHealth(endpoint.Id) is { HealthySince: > 0 } health) weight *= Factor(slowStart, now - health.HealthySince);
        return weight;
    }

    /// <summary>What slow start leaves of a weight: max(minimum, (time / window)^(1 / aggression)), and 1 once the window is over (Envoy).</summary>
    /// <param name="config">The slow start.</param>
    /// <param name="time">Ticks since the endpoint became healthy; less than 1 ms counts as 1 ms.</param>
    public static double Factor(SlowStartConfig config, long time)
    {
        if (time >= config.Window.Ticks) return 1;
        double part = Math.Max(TimeSpan.TicksPerMillisecond, time) / (double)config.Window.Ticks;
        double factor = config.Aggression == 1 ? part : Math.Pow(part, 1 / config.Aggression);
        return Math.Clamp(factor, config.Minimum, 1);
    }
}
