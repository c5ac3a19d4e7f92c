using System.Globalization;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Injection;

/// <summary>How far a fault reaches: which of a service's endpoints, and what share of its requests. Where it is bound to a path or to headers, this is the most that it can be.</summary>
/// <param name="Service">The service.</param>
/// <param name="Endpoints">Endpoints that it reaches.</param>
/// <param name="AllEndpoints">Endpoints that the service has.</param>
/// <param name="Percent">Share of the requests to those endpoints that it hits, 0 to 1.</param>
/// <param name="Share">Share of all the service's requests, 0 to 1, taking endpoints to have requests by their weights. While the service has none, <paramref name="Percent"/>: whatever comes will be hit.</param>
internal sealed record BlastRadius(string Service, int Endpoints, int AllEndpoints, double Percent, double Share)
{
    // Sums of shares such as 0.1 + 0.2 are not to be refused for their last bit.
    private const double Tolerance = 1e-9;

    /// <summary>How far <paramref name="order"/> reaches, given the endpoints that its service has.</summary>
    public static BlastRadius Of(FaultOrder order, IReadOnlyList<Endpoint> endpoints)
    {
        Endpoint[] hit = [.. endpoints.Where(endpoint => (order.Version ?? endpoint.Version) == endpoint.Version && (order.Zone ?? endpoint.Zone) == endpoint.Zone)];
        double percent = Math.Max(order.Fault.Percent, order.Fault is { Abort: not null, AbortPercent: { } abort } ? abort : 0);
        long weight = endpoints.Sum(endpoint => (long)endpoint.Weight);
        return new BlastRadius(order.Service, hit.Length, endpoints.Count, percent, weight == 0 ? percent : percent * hit.Sum(endpoint => (long)endpoint.Weight) / weight);
    }

    /// <summary>Everything that speaks against putting a fault in force beside those that are.</summary>
    /// <param name="limits">The bounds.</param>
    /// <param name="others">What the faults in force reach.</param>
    public IEnumerable<string> Problems(FaultLimits limits, IReadOnlyList<BlastRadius> others)
    {
        double sameService = others.Where(other => other.Service == Service).Sum(other => other.Share);
        if (Share + sameService > limits.MaxShare + Tolerance)
            yield return $"it would hit {Text(Share)} of the requests to '{Service}'{(sameService > 0 ? $", beside the {Text(sameService)} that other faults hit" : "")}; the limit is {Text(limits.MaxShare)}. Narrow it (a percentage, a version, a zone), or say --allow-large.";
        if (others.Count >= limits.MaxFaults)
            yield return $"{others.Count} faults are in force, and the limit is {limits.MaxFaults} at once. Stop one, or say --allow-large.";
    }

    /// <summary>What somebody should know before it happens.</summary>
    public override string ToString() =>
        AllEndpoints == 0 ? $"'{Service}' has no endpoint now: nothing is hit until it has one"
        : $"hits {Text(Percent)} of the requests to {(Endpoints == AllEndpoints ? (Endpoints == 1 ? "the one endpoint" : $"all {Endpoints} endpoints") : $"{Endpoints} of {AllEndpoints} endpoints")} of '{Service}': {Text(Share)} of its requests";

    private static string Text(double share) => (share * 100).ToString("0.###", CultureInfo.InvariantCulture) + "%";
}
