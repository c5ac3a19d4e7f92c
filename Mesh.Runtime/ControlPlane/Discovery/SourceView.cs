using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>What is believed of one source about one service: its last answers, as far as they were sound.</summary>
/// <param name="source">The source.</param>
internal sealed class SourceView(string source)
{
    private long _confirmedAt;
    private TimeSpan? _validFor;

    public string Source => source;

    /// <summary>Its endpoints, each address once, in the source's order.</summary>
    public IReadOnlyList<ObservedEndpoint> Endpoints { get; private set; } = [];

    /// <summary>The source's word for the state; empty where it has none.</summary>
    public string Revision { get; private set; } = "";

    /// <summary>What was wrong with the last answer; <c>null</c> where nothing was.</summary>
    public string? Error { get; private set; }

    /// <summary>Takes an answer over, or what is sound of it.</summary>
    public void Take(ServiceObservation answer, DiscoveryOptions options)
    {
        var endpoints = Distinct(answer.Endpoints, options.MaxEndpoints);
        string? tooMany = answer.Endpoints.Count > options.MaxEndpoints ? $"{answer.Endpoints.Count:N0} endpoints, of which the first {options.MaxEndpoints:N0} are taken." : null;
        Error = answer.Error ?? answer.Warning ?? tooMany;
        if (answer.Error is not null)
        {
            var named = endpoints.Select(endpoint => endpoint.Address).ToHashSet();
            var missing = Endpoints.Where(known => !named.Contains(known.Address)).ToList();
            if (endpoints.Count == 0 || missing.Count > options.MaxLossOnError * Endpoints.Count)
            {
                Endpoints = [.. endpoints, .. missing];
                return;
            }
        }
        Endpoints = endpoints;
        Revision = answer.Revision;
        _confirmedAt = answer.TakenAt;
        _validFor = answer.ValidFor;
    }

    /// <summary>When this was last known to be right, in ticks.</summary>
    public long ConfirmedAt(ProviderStatus? provider, long now)
    {
        if (_validFor is { } valid) return valid == Timeout.InfiniteTimeSpan ? now : Math.Min(now, _confirmedAt + valid.Ticks);
        return provider switch
        {
            { State: ProviderState.Synced } => now,
            { State: ProviderState.Stale } => Math.Max(_confirmedAt, provider.Since),
            _ => _confirmedAt,
        };
    }

    private static List<ObservedEndpoint> Distinct(IReadOnlyList<ObservedEndpoint> endpoints, int most)
    {
        var seen = new HashSet<EndpointAddress>();
        return [.. endpoints.Take(most).Where(endpoint => seen.Add(endpoint.Address))];
    }
}
