using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>What all providers have in common: whom they report to.</summary>
public abstract class DiscoveryProvider : ReconnectingClient, IDiscoveryProvider
{
    private readonly IDiscoverySink _sink;

    private protected DiscoveryProvider(string source, ReconnectOptions reconnect, IDiscoverySink sink, TimeProvider time, KeyedRandom random)
        : base(source, reconnect, time, random) => _sink = sink;

    private protected void Report(ServiceObservation observation) => _sink.Observed(observation);

    private protected sealed override void StatusChanged() => _sink.StatusChanged(Status);
}
