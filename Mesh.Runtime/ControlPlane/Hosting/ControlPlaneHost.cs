using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Hosting;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.ControlPlane.Hosting;

/// <summary>A live control plane: the actors with their store, discovery, the certificate authority, and the admin API before them.</summary>
public sealed class ControlPlaneHost : IAsyncDisposable
{
    private const string ConfigurationSource = "configuration";
    private const int QueueCapacity = 100_000;

    private readonly ControlPlaneHostOptions _options;
    private readonly Stack<IAsyncDisposable> _parts = new();   // ended in the opposite order
    private readonly LiveTime _time = new();
    private readonly ControlPlaneBoard _board = new();
    private readonly MeshDirectory _directory = new();
    private readonly DiscoveryQueue _queue;
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private IActorRef _plane = ActorRefs.Nobody;

    private ControlPlaneHost(ControlPlaneHostOptions options)
    {
        _options = options;
        _queue = new DiscoveryQueue(QueueCapacity, () => _plane.Tell(DiscoveryAvailable.Instance));
    }

    /// <summary>Where the admin API listens.</summary>
    public IPEndPoint AdminAddress { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where sidecars connect.</summary>
    public IPEndPoint ProxyAddress { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>A control plane that runs.</summary>
    /// <exception cref="StoreException">Its store cannot be used.</exception>
    /// <exception cref="IdentityException">Its directory or its authority cannot be used.</exception>
    /// <exception cref="IOException">It cannot listen.</exception>
    public static async Task<ControlPlaneHost> StartAsync(ControlPlaneHostOptions options, CancellationToken cancellation)
    {
        var host = new ControlPlaneHost(options);
        try
        {
            await host.StartAsync(cancellation).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the state directory, for its owner alone, where there is none.</summary>
    /// <exception cref="IdentityException">It is open to others.</exception>
    public static void PrepareState(string directory) => PrivateFiles.EnsureFolder(directory);

    /// <summary>Ends it: first nobody is let in any more, last the store is closed. Faults in force stay in force until their leases end.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        _parts.Push(_options.Configuration);
        var store = ControlPlaneStore.Open(_options.StateDirectory, _options.FaultReader, _time);
        Own(store);
        var authority = CertificateAuthority.Open(Path.Combine(_options.StateDirectory, "authority"), _options.Certificates, _time);
        var tokens = new JoinTokens(store.JoinTokens, _time);

        _plane = await StartActorsAsync(store, cancellation).ConfigureAwait(false);
        _options.Configuration.Start(OnDesired);
        var random = new KeyedRandom(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        foreach (var make in _options.Discovery)
        {
            var provider = make(_queue, _time, random);
            _parts.Push(provider);
            provider.Start();
        }

        var proxies = await StartProxyPortAsync(authority, tokens, random, cancellation).ConfigureAwait(false);
        _parts.Push(proxies);
        ProxyAddress = proxies.Address;

        var plane = new ActorControlPlane(_plane, _board, _options.Configuration, _options.FaultReader, store.Journal, _options.FaultLimits, _time);
        var audit = new AuditLog(Path.Combine(_options.StateDirectory, AuditLog.FileName), _time);
        Own(audit);
        Own(new ControlPlaneMeter(_board));
        var admin = await AdminServer.StartAsync(_options.Admin, plane, new CertificateDesk(authority, tokens, store.Journal, _time), audit, _time,
            error => _options.Log($"the admin API failed: {error.GetType().Name}: {error.Message}"), cancellation).ConfigureAwait(false);
        _parts.Push(admin);
        AdminAddress = admin.Address;
    }

    private async Task<IActorRef> StartActorsAsync(ControlPlaneStore store, CancellationToken cancellation)
    {
        var options = new ControlPlaneOptions
        {
            Mesh = _options.Configuration.State.Mesh,
            Time = _time,
            FirstVersion = () => _time.GetUtcNow().ToUnixTimeMilliseconds(),
            SettleTime = ControlPlaneTransportOptions.SettleTime,
            Discovery = new DiscoveryState(_options.DiscoveryRules, _directory),
            Queue = _queue,
            Store = store.Faults,
            OnEndpoints = _board.OnEndpoints,
            OnFaults = changed => OnFaults(changed, store.Journal),
            OnProxy = _board.OnProxy,
            OnMeasured = _board.OnMeasured,
            OnRefused = OnRefused,
        };
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Error);   // an actor that fails is a bug, and is restarted: that has to be seen
        builder.Services.AddAkka("meshlab", akka => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.LogLevel = Akka.Event.LogLevel.ErrorLevel;
                loggers.AddLoggerFactory();
            })
            .WithActors((system, registry) => registry.Register<ControlPlaneActor>(system.ActorOf(ControlPlaneActor.Props(options), "control-plane"))));
        var host = builder.Build();
        _parts.Push(new StoppedHost(host));
        await host.StartAsync(cancellation).ConfigureAwait(false);
        return host.Services.GetRequiredService<ActorRegistry>().Get<ControlPlaneActor>();
    }

    private async Task<ProxyPort> StartProxyPortAsync(CertificateAuthority authority, JoinTokens tokens, KeyedRandom random, CancellationToken cancellation)
    {
        var registration = new RegistrationAuthority(authority, tokens);
        registration.Joined += (verdict, id) => _options.Log($"a join token was shown: {verdict.ToString().ToLowerInvariant()}{(id is null ? "" : $", for {id}")}");
        var options = new ControlPlaneTransportOptions { ControlPlane = _plane, Directory = _directory, Time = _time, Registrations = _queue, Authority = registration, Trust = () => authority.Trust };
        if (!_options.ProxiesByTls) return await ProxyPort.StartAsync(_options.Listen, null, options, cancellation).ConfigureAwait(false);
        var identity = new WorkloadIdentity(new LocalIssuer(authority, ControlPlaneIdentity.In(authority.TrustDomain)), _time, random);
        _parts.Push(identity);
        identity.Start();
        await identity.Ready.WaitAsync(cancellation).ConfigureAwait(false);
        return await ProxyPort.StartAsync(_options.Listen, identity, options, cancellation).ConfigureAwait(false);
    }

    private void OnDesired(DesiredState state)
    {
        _plane.Tell(new ConfigurationChanged(state.Mesh));
        var named = state.Services.Where(service => service.Value.Count > 0).ToDictionary();
        foreach (var (service, endpoints) in named) Observe(service, endpoints);
        foreach (string gone in _declared.Except(named.Keys).ToList()) Observe(gone, []);
        _declared.Clear();
        _declared.UnionWith(named.Keys);
    }

    private void Observe(string service, IReadOnlyList<ObservedEndpoint> endpoints) => _queue.Observed(new ServiceObservation
    {
        Source = ConfigurationSource, Service = service, Endpoints = endpoints, TakenAt = _time.GetTimestamp(), ValidFor = Timeout.InfiniteTimeSpan,
    });

    private void OnFaults(FaultsChanged changed, Journal journal)
    {
        foreach (var (id, count) in _board.OnFaults(changed))
        {
            string effect = count.Eligible == 0 ? "it met no request"
                : string.Create(CultureInfo.InvariantCulture, $"it hit {count.Injected} of {count.Eligible} requests: {100.0 * count.Injected / count.Eligible:0.##}%, asked {100 * count.Requested / count.Eligible:0.##}%");
            _options.Log($"fault {id} has ended: {changed.Why}; {effect}");
            Tell(journal, $"fault {id} measured", effect);
        }
    }

    private void Tell(Journal journal, string what, string why)
    {
        try
        {
            journal.Append(JournalEntry.Itself, what, why);
        }
        catch (StoreException error)
        {
            _options.Log(error.Message);
        }
    }

    private void OnRefused(IReadOnlyList<string> problems)
    {
        _board.OnRefused(problems);
        foreach (string problem in problems) _options.Log($"refused: {problem}");
    }

    private void Own(IDisposable part) => _parts.Push(new Closed(part));

    private sealed class Closed(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class StoppedHost(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync().ConfigureAwait(false);
            host.Dispose();
        }
    }
}
