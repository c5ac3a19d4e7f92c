using System.Net;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One sidecar with its link to a control plane, and its certificate where there is TLS.</summary>
internal sealed class OneSidecar : IAsyncDisposable
{
    /// <summary>How long it serves on after it has taken leave, until others have heard of it.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(1);

    private readonly OneSidecarPlan _plan;
    private readonly Action<string> _said;
    private readonly LiveNode _node;
    private WorkloadIdentity? _identity;
    private LiveProxy? _proxy;
    private ControlPlaneLink? _link;
    private MetricsEndpoint? _metrics;

    private OneSidecar(OneSidecarPlan plan, Action<string> said)
    {
        (_plan, _said) = (plan, said);
        _node = new LiveNode(new LiveNodeOptions { Seed = Entropy(), Telemetry = plan.Telemetry });
    }

    /// <summary>Where it takes requests from the network; <c>null</c> where it does not.</summary>
    public IPEndPoint? Inbound => _proxy?.InboundAddress;

    /// <summary>Where its application hands it requests; <c>null</c> where it does not.</summary>
    public IPEndPoint? Outbound => _proxy?.OutboundAddresses is [var first, ..] ? first : null;

    /// <summary>A sidecar that listens; it hears from its control plane as soon as that answers. With certificates it waits for its first.</summary>
    /// <param name="plan">What it is.</param>
    /// <param name="said">Told what happens, in words.</param>
    /// <param name="cancellation">Gives up waiting for a certificate.</param>
    /// <exception cref="IOException">It cannot listen there, or its state directory cannot be used.</exception>
    /// <exception cref="ArgumentException">Plain text would leave the machine.</exception>
    public static async Task<OneSidecar> StartAsync(OneSidecarPlan plan, Action<string> said, CancellationToken cancellation)
    {
        var sidecar = new OneSidecar(plan, said);
        try
        {
            await sidecar.StartAsync(cancellation).ConfigureAwait(false);
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes leave of the control plane, serves on until others have heard of it, and ends what is under way within its drain time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_link is not null)
        {
            await _link.DisposeAsync().ConfigureAwait(false);
            if (Inbound is not null) await Task.Delay(LeaveTime, _node.Time).ConfigureAwait(false);
        }
        if (_metrics is not null) await _metrics.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        if (_identity is not null) await _identity.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        var way = new ControlPlaneWay(_plan.ControlPlane, _plan.Trust, _node.Time);
        if (_plan.JoinToken is { } token) way.Identity = _identity = await JoinAsync(way, token, cancellation).ConfigureAwait(false);
        int own = _node.Directory.AddEndpoint(id => new Endpoint { Id = id, Name = _plan.Name, Service = _plan.Service, Version = _plan.Version, Zone = _plan.Zone }).Id;
        _proxy = _node.Add(new LiveProxyConfig
        {
            Name = _plan.Name,
            Service = _plan.Service,
            Version = _plan.Version,
            Zone = _plan.Zone,
            Identity = _identity?.Current?.Id.ToString() ?? "",
            Caller = new CallerInfo { Service = _plan.Service, Labels = [new(SubsetConfig.VersionLabel, _plan.Version)] },
            Inbound = _plan.Inbound is { } inbound ? new InboundConfig { Listen = inbound, Application = _plan.Application!, EndpointId = own } : null,
            Outbound = _plan.Outbound is { } outbound ? [new OutboundConfig { Listen = outbound }] : [],
        }, _identity);
        await _proxy.StartAsync(cancellation).ConfigureAwait(false);
        if (_plan.Metrics is { } metrics) _metrics = await MetricsEndpoint.StartAsync(_node.Telemetry, metrics, cancellation).ConfigureAwait(false);
        _link = new ControlPlaneLink(_proxy, new ControlPlaneLinkOptions { Way = way, Calls = _plan.Calls, Advertised = Advertised(), StateDirectory = _plan.State, Said = _said });
        _link.Start();
    }

    private async Task<WorkloadIdentity> JoinAsync(ControlPlaneWay way, string token, CancellationToken cancellation)
    {
        var identity = new WorkloadIdentity(new RemoteIssuer(way, token), _node.Time, new KeyedRandom(Entropy()));
        identity.Changed += change =>
        {
            if (change.Kind == IdentityEventKind.RenewalFailed) _said($"no certificate yet: {change.Reason}");
            else _said($"certificate: {identity}");
        };
        identity.Start();
        await identity.Ready.WaitAsync(cancellation).ConfigureAwait(false);
        return identity;
    }

    private EndpointAddress? Advertised()
    {
        if (Inbound is not { } inbound) return null;
        bool isAny = inbound.Address.Equals(IPAddress.Any) || inbound.Address.Equals(IPAddress.IPv6Any);
        return new EndpointAddress(_plan.Advertise ?? (isAny ? Dns.GetHostName() : inbound.Address.ToString()), inbound.Port);
    }

    /// <summary>A live sidecar draws anew each time.</summary>
    private static ulong Entropy() => BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
}
