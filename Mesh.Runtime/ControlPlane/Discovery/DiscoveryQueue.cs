namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// What providers have reported and nobody has taken yet. An observation replaces an older one of the same source and service, so that a slow reader sees the newest state and
/// the queue has a bound: one observation a source and service, and no more than <see cref="Capacity"/> of them.
/// </summary>
/// <param name="capacity">Most observations that wait.</param>
/// <param name="available">Called when something waits after nothing did, from a provider's thread: an actor tells itself to take.</param>
internal sealed class DiscoveryQueue(int capacity, Action available) : IDiscoverySink
{
    private readonly Lock _lock = new();
    private Dictionary<(string Source, string Service), ServiceObservation> _observations = [];
    private Dictionary<string, ProviderStatus> _statuses = [];

    public int Capacity => capacity;

    /// <summary>Observations that were refused because the queue was full of other services.</summary>
    public long Refused { get; private set; }

    public void Observed(ServiceObservation observation)
    {
        bool first;
        lock (_lock)
        {
            var key = (observation.Source, observation.Service);
            if (_observations.Count >= capacity && !_observations.ContainsKey(key))
            {
                Refused++;
                return;
            }
            first = IsEmpty;
            _observations[key] = observation;
        }
        if (first) available();
    }

    public void StatusChanged(ProviderStatus status)
    {
        bool first;
        lock (_lock)
        {
            first = IsEmpty;
            _statuses[status.Source] = status;
        }
        if (first) available();
    }

    /// <summary>Takes all that waits: observations in the order in which their services were first reported, then statuses, which speak of them.</summary>
    public (IReadOnlyCollection<ServiceObservation> Observations, IReadOnlyCollection<ProviderStatus> Statuses) Take()
    {
        lock (_lock)
        {
            var taken = (_observations.Values, _statuses.Values);
            (_observations, _statuses) = ([], []);
            return taken;
        }
    }

    private bool IsEmpty => _observations.Count == 0 && _statuses.Count == 0;
}
