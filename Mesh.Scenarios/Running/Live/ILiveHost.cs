using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Where the sidecars and the synthetic services of a live world run: all in this process (<see cref="NodeHost"/>), or each in one of its own (<see cref="Isolation.IsolatedHost"/>). To dispose of it is to end what is left of them.</summary>
internal interface ILiveHost : ILiveFaults, IAsyncDisposable
{
    /// <summary>The scenario's world.</summary>
    WorldConfig Config { get; }

    /// <summary>The world's time, in all its processes.</summary>
    LiveTime Time { get; }

    /// <summary>The names behind the numbers of the events.</summary>
    MeshDirectory Directory { get; }

    /// <summary>Whether each sidecar and synthetic service has a process of its own.</summary>
    bool IsIsolated { get; }

    /// <summary>Replicas that are started at the same time.</summary>
    int Parallelism { get; }

    /// <summary>How long its processes need until code is compiled and connections stand.</summary>
    TimeSpan Rehearsal { get; }

    /// <summary>What a reader of the results has to know of how it went; empty where all went well.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Starts the ingress.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    Task<ILiveSidecar> StartIngressAsync(CancellationToken cancellation);

    /// <summary>Starts a replica's sidecar.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    Task<ILiveSidecar> StartSidecarAsync(ReplicaPlan plan, CancellationToken cancellation);

    /// <summary>Starts a replica's synthetic service.</summary>
    /// <param name="plan">The replica.</param>
    /// <param name="sidecar">Where its sidecar takes its calls.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    Task<ILiveService> StartServiceAsync(ReplicaPlan plan, EndpointAddress sidecar, CancellationToken cancellation);

    /// <summary>Tells every sidecar of the endpoints that there are now.</summary>
    Task AnnounceAsync(IReadOnlyList<ServiceEndpoints> services);

    /// <summary>Completes when every decision until now has been reported.</summary>
    Task SettleAsync();
}

/// <summary>Something that faults are put in force on.</summary>
internal interface ILiveFaults
{
    /// <summary>Puts a fault in force.</summary>
    Task BeginAsync(Injection injection);

    /// <summary>Takes it out of force, if it is; what it did.</summary>
    Task<FaultCount> EndAsync(Injection injection);
}

/// <summary>A sidecar of a live world. To dispose of it is to end it with time for what is under way.</summary>
internal interface ILiveSidecar : IAsyncDisposable
{
    /// <summary>Where it takes its application's calls.</summary>
    EndpointAddress Outbound { get; }

    /// <summary>The process that it has for itself; <c>null</c> where it has none.</summary>
    int? ProcessId { get; }

    /// <summary>Where Prometheus scrapes it alone; <c>null</c> where it does not.</summary>
    EndpointAddress? Metrics { get; }

    /// <summary>Ends it at once, as a crash does.</summary>
    Task KillAsync();
}

/// <summary>A synthetic service of a live world.</summary>
internal interface ILiveService : ILiveApplication, ILiveFaults
{
    /// <summary>What its workers did so far; <c>null</c> where nobody answers.</summary>
    Task<ReplicaReading?> ReadAsync();
}
