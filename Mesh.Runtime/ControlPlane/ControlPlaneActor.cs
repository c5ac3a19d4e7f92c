using Akka.Actor;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// The control plane's root: registry, distribution, faults and rate limits stand side by side, and everything that one tells the other goes through here, so that each is restarted without the others.
/// A child that fails is restarted, however often: a control plane that gives up leaves its proxies to what they last heard for good.
/// </summary>
public sealed class ControlPlaneActor : ReceiveActor
{
    private readonly IActorRef _registry;
    private readonly IActorRef _distribution;
    private ConfigurationChanged? _configuration;   // what distribution took last: a new life of it begins there
    private FaultsChanged? _faults;

    /// <summary>A control plane.</summary>
    public ControlPlaneActor(ControlPlaneOptions options)
    {
        var known = new Registry(options.Discovery, options.Queue);
        var (registry, distribution) = (
            _registry = Context.ActorOf(RegistryActor.Props(known, options.Time), "registry"),
            _distribution = Context.ActorOf(DistributionActor.Props(options, options.Time.GetElapsedTime(0) + options.SettleTime), "distribution"));
        var leases = new FaultLeases();
        if (options.Store is { } store) leases.Restore(store.Load());
        var faults = Context.ActorOf(FaultActor.Props(leases, options.Time, options.Store), "faults");
        var limits = Context.ActorOf(RateLimitActor.Props(new ServiceLimits(options.Mesh), options.Time), "rate-limits");
        Receive<EndpointsObserved>(registry.Tell);
        Receive<DiscoveryAvailable>(registry.Tell);
        Receive<DistributionStarted>(_ => OnDistributionStarted());
        Receive<RegistryStatusWanted>(registry.Tell);
        Receive<RegistryChanged>(message =>
        {
            distribution.Tell(message);
            options.OnEndpoints(message.Services);
        });
        Receive<ConfigurationChanged>(distribution.Tell);
        Receive<ProxyConnected>(distribution.Tell);
        Receive<ProxyDisconnected>(distribution.Tell);
        Receive<SnapshotAnswered>(distribution.Tell);
        Receive<InjectFault>(faults.Tell);
        Receive<RenewFault>(faults.Tell);
        Receive<EndFault>(faults.Tell);
        Receive<FaultsChanged>(message =>
        {
            _faults = message;
            distribution.Tell(message);
            options.OnFaults(message);
        });
        Receive<TokensWanted>(limits.Tell);
        Receive<ConfigurationTaken>(message =>
        {
            _configuration = new ConfigurationChanged(message.Mesh);
            limits.Tell(_configuration);
        });
        Receive<FaultsMeasured>(options.OnMeasured);
        Receive<ChangeRefused>(message => options.OnRefused(message.Problems));
    }

    /// <summary>How the actor is made.</summary>
    public static Props Props(ControlPlaneOptions options) => Akka.Actor.Props.Create(() => new ControlPlaneActor(options));

    private void OnDistributionStarted()
    {
        if (_configuration is not null) _distribution.Tell(_configuration);
        if (_faults is not null) _distribution.Tell(_faults);
        _registry.Tell(RegistryWanted.Instance);
    }

    // Without a time range: Akka counts restarts in one by the process clock.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);
}

/// <summary>What a control plane starts with.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>The policy of every service.</summary>
    public MeshConfig Mesh { get; init; } = new();

    /// <summary>The clock of leases and of discovery's rules. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told which faults are in force, with every change. Runs in an actor: it must not wait.</summary>
    public Action<FaultsChanged> OnFaults { get; init; } = static _ => { };

    /// <summary>Told of services whose endpoints changed, each with all its endpoints. Runs in an actor: it must not wait.</summary>
    public Action<IReadOnlyList<ServiceEndpoints>> OnEndpoints { get; init; } = static _ => { };

    /// <summary>Told how a proxy stands, whenever that changes. Runs in an actor: it must not wait.</summary>
    public Action<ProxyStanding> OnProxy { get; init; } = static _ => { };

    /// <summary>Told what faults did at a proxy, at most about once a second from each. Runs in an actor: it must not wait.</summary>
    public Action<FaultsMeasured> OnMeasured { get; init; } = static _ => { };

    /// <summary>
    /// For so long after its start the control plane leaves proxies alone that work by the word of an earlier one: it may not have heard of every endpoint yet, and they serve with what they have.
    /// Longer than the longest wait before a sidecar reconnects, where sidecars register themselves. Default 0.
    /// </summary>
    public TimeSpan SettleTime { get; init; }

    /// <summary>
    /// The version before the first change, asked for at each start: above every one that an earlier control plane can have given, so that no version ever means two things.
    /// Milliseconds of a clock do, since changes come less often. Default 0.
    /// </summary>
    public Func<long> FirstVersion { get; init; } = static () => 0;

    /// <summary>Told why a change was refused, by the control plane itself or by a proxy. Runs in an actor: it must not wait.</summary>
    public Action<IReadOnlyList<string>> OnRefused { get; init; } = static _ => { };

    /// <summary>What providers of discovery have reported; <c>null</c> where the host says itself which endpoints there are.</summary>
    internal DiscoveryState? Discovery { get; init; }

    /// <summary>Their reports that wait.</summary>
    internal DiscoveryQueue? Queue { get; init; }

    /// <summary>Where faults in force are kept; <c>null</c> where they end with the process.</summary>
    internal IFaultStore? Store { get; init; }
}

/// <summary>Services' endpoints have changed.</summary>
/// <param name="Services">The services that changed, each with all its endpoints.</param>
public sealed record EndpointsObserved(IReadOnlyList<ServiceEndpoints> Services);

/// <summary>The policy is another.</summary>
/// <param name="Mesh">The whole of it.</param>
public sealed record ConfigurationChanged(MeshConfig Mesh);

/// <summary>Something waits in the queue of discovery, or a time of its rules has come.</summary>
internal sealed class DiscoveryAvailable
{
    public static readonly DiscoveryAvailable Instance = new();
}

/// <summary>Distribution has started and knows nothing.</summary>
internal sealed class DistributionStarted
{
    public static readonly DistributionStarted Instance = new();
}

/// <summary>Distribution works by this policy now.</summary>
internal sealed record ConfigurationTaken(MeshConfig Mesh);

/// <summary>What the registry knows is asked for.</summary>
internal sealed class RegistryWanted
{
    public static readonly RegistryWanted Instance = new();
}

/// <summary>Somebody asks how discovery stands.</summary>
/// <param name="Reply">Told so. Runs in an actor: it must not wait.</param>
internal sealed record RegistryStatusWanted(Action<RegistryStatus> Reply);

/// <summary>How discovery stands.</summary>
/// <param name="Now">When that was so, in ticks.</param>
/// <param name="Services">Services that providers have reported, by name.</param>
/// <param name="Providers">How the providers stand with their sources, by name.</param>
internal sealed record RegistryStatus(long Now, IReadOnlyList<ServiceStatus> Services, IReadOnlyList<ProviderStatus> Providers);

/// <summary>The registry knows other endpoints than before.</summary>
internal sealed record RegistryChanged(IReadOnlyList<ServiceEndpoints> Services);

/// <summary>A change was not taken over.</summary>
internal sealed record ChangeRefused(IReadOnlyList<string> Problems);
