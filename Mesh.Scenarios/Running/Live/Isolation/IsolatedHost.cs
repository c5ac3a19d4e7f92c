using System.Collections.Concurrent;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>Each sidecar and each synthetic service of a live world in a process of its own. The authority, the list of endpoints and the record stay here.</summary>
internal sealed class IsolatedHost : ILiveHost
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReadingLimit = TimeSpan.FromSeconds(2);   // a service that stands still does not answer
    private static readonly TimeSpan ShortestRehearsal = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Compilation = TimeSpan.FromSeconds(1);   // of one process's own, on one processor

    private readonly IsolatedHostOptions _options;
    private readonly LiveIdentities _identities;
    private readonly EventMerge _events;
    private readonly SharedWorld _shared;
    private readonly Lock _lock = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly List<ChildProcess> _sidecars = [];
    private readonly Dictionary<int, Injection> _inForce = [];
    private readonly Dictionary<int, FaultCount> _left = [];   // what faults in force did at sidecars that have been killed
    private readonly List<string> _warnings = [];
    private readonly Stream _output = Console.OpenStandardOutput();
    private Listing? _listing;
    private long _listings;
    private long _lost;

    /// <summary>A world without any process.</summary>
    public IsolatedHost(IsolatedHostOptions options)
    {
        _options = options;
        LiveNames.Enter(options.Config, options.Directory);
        _identities = new LiveIdentities(options.Config.Network.MutualTls, Time);
        _events = new EventMerge(options.Events, Time);
        _shared = new SharedWorld(options.Scenario, options.Config.Seed, Time.Origin, Time.Began, LiveNames.Fingerprint(options.Directory));
    }

    public WorldConfig Config => _options.Config;

    public LiveTime Time { get; } = new();

    public MeshDirectory Directory => _options.Directory;

    public bool IsIsolated => true;

    public int Parallelism { get; } = 2 * Environment.ProcessorCount;

    public TimeSpan Rehearsal
    {
        get
        {
            lock (_lock)
            {
                var compiling = _processes.Count * Compilation / Environment.ProcessorCount;
                return compiling > ShortestRehearsal ? compiling : ShortestRehearsal;
            }
        }
    }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lock) return [.. _warnings, .. _lost == 0 ? [] : new[] { $"{_lost} decisions of the sidecars are missing in this record: the runner did not keep up. This machine is too busy for the rate." }];
        }
    }

    public Task<ILiveSidecar> StartIngressAsync(CancellationToken cancellation) => StartAsync(ReplicaPlan.Ingress(Config), null, cancellation);

    public Task<ILiveSidecar> StartSidecarAsync(ReplicaPlan plan, CancellationToken cancellation) => StartAsync(plan.Sidecar(), PlaceOf(plan), cancellation);

    public async Task<ILiveService> StartServiceAsync(ReplicaPlan plan, EndpointAddress sidecar, CancellationToken cancellation)
    {
        var process = Start($"service {plan.Endpoint.Name}", new Listener(this, -1, ""));
        await process.AskAsync<Started>(new StartService(_shared, PlaceOf(plan), sidecar), cancellation).ConfigureAwait(false);
        return new Service(process, this);
    }

    public Task AnnounceAsync(IReadOnlyList<ServiceEndpoints> services)
    {
        Listing listing;
        lock (_lock) listing = _listing = new Listing(++_listings, [.. Directory.Endpoints], [.. services.Select(service => new ListedService(service.Service, [.. service.Endpoints.Select(endpoint => endpoint.Id)]))]);
        return TellAsync(listing);
    }

    public Task BeginAsync(Injection injection)
    {
        lock (_lock) _inForce.Add(injection.Number, injection);
        return TellAsync(new Inject(injection));
    }

    public async Task<FaultCount> EndAsync(Injection injection)
    {
        FaultCount left;
        lock (_lock)
        {
            _inForce.Remove(injection.Number);
            _left.Remove(injection.Number, out left);
        }
        var counts = await Task.WhenAll(Sidecars().Select(sidecar => AskAsync<Counted>(sidecar, new EndInjection(injection.Number)))).ConfigureAwait(false);
        return counts.OfType<Counted>().Aggregate(left, (sum, one) => sum + one.Count);
    }

    public async Task SettleAsync()
    {
        await TellAsync(new Flush()).ConfigureAwait(false);
        _events.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        ChildProcess[] left;
        lock (_lock) left = [.. _processes];
        await Task.WhenAll(left.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);
        _events.Flush();
    }

    private async Task<ILiveSidecar> StartAsync(LiveProxyConfig config, ReplicaPlace? place, CancellationToken cancellation)
    {
        bool isIngress = place is null;
        int proxy = Directory.AddProxy(config.Name, config.Service, config.Zone);
        var metrics = _options.Metrics is { } address ? new EndpointAddress($"{address.Address}", isIngress && address.Port > 0 ? address.Port : FreePorts.Take()) : null;
        var process = Start($"sidecar {config.Name}", new Listener(this, proxy, config.Identity));
        var started = await process.AskAsync<Started>(
            new StartSidecar(_shared, place, [.. Directory.Endpoints], _options.AllEvents || isIngress, _options.AccessLogs, metrics), cancellation).ConfigureAwait(false);
        Message?[] now;
        lock (_lock)
        {
            _sidecars.Add(process);
            now = [_listing, .. _inForce.Values.Select(injection => new Inject(injection))];
        }
        foreach (var message in now.OfType<Message>()) await AskAsync<Done>(process, message).ConfigureAwait(false);
        return new Sidecar(process, new EndpointAddress("127.0.0.1", started.Outbound), metrics, this);
    }

    private static ReplicaPlace PlaceOf(ReplicaPlan plan) => new(plan.Number, plan.Endpoint, plan.Application);

    private ChildProcess Start(string name, Listener listener)
    {
        var process = ChildProcess.Start(name, listener);
        lock (_lock) _processes.Add(process);
        return process;
    }

    /// <summary>Says something to every sidecar, and waits until they have heard it. One that does not answer is not waited for long.</summary>
    private Task TellAsync(Message message) => Task.WhenAll(Sidecars().Select(sidecar => AskAsync<Done>(sidecar, message)));

    /// <summary>Asks a process; one that does not answer is in the warnings, for something is missing then.</summary>
    private async Task<T?> AskAsync<T>(ChildProcess process, Message question)
        where T : Message
    {
        var answer = await process.TryAskAsync<T>(question, AnswerLimit, Time).ConfigureAwait(false);
        if (answer is null) Warn($"{process.Name} {(process.HasEnded ? "ended before it answered" : $"did not answer within {AnswerLimit.TotalSeconds:0} s")} ({question.GetType().Name}): what it was told or had to tell is missing in this record.");
        return answer;
    }

    private ChildProcess[] Sidecars()
    {
        lock (_lock)
        {
            _processes.RemoveAll(process => process.HasEnded);
            _sidecars.RemoveAll(process => process.HasEnded);
            return [.. _sidecars];
        }
    }

    private void Warn(string what)
    {
        lock (_lock) _warnings.Add(what);
        _options.Warn(what);
    }

    /// <summary>What a sidecar has decided so far, and what faults in force did at it, before it is killed.</summary>
    private async Task TakeLastWordsAsync(ChildProcess sidecar)
    {
        int[] inForce;
        lock (_lock) inForce = [.. _inForce.Keys];
        foreach (int number in inForce)
        {
            if (await sidecar.TryAskAsync<Counted>(new EndInjection(number), LastWords, Time).ConfigureAwait(false) is not { } counted) continue;
            lock (_lock) _left[number] = _left.GetValueOrDefault(number) + counted.Count;
        }
        await sidecar.TryAskAsync<Done>(new Flush(), LastWords, Time).ConfigureAwait(false);
    }

    /// <summary>A sidecar, from here.</summary>
    private sealed class Sidecar(ChildProcess process, EndpointAddress outbound, EndpointAddress? metrics, IsolatedHost host) : ILiveSidecar
    {
        public EndpointAddress Outbound => outbound;

        public int? ProcessId => process.Id;

        public EndpointAddress? Metrics => metrics;

        public async Task KillAsync()
        {
            await host.TakeLastWordsAsync(process).ConfigureAwait(false);
            await process.KillAsync().ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }

    /// <summary>A synthetic service, from here.</summary>
    private sealed class Service(ChildProcess process, IsolatedHost host) : ILiveService
    {
        private readonly ConcurrentDictionary<int, FaultCount?> _inForce = new();   // with what they did, once it has been killed

        public int? ProcessId => process.Id;

        public async Task<ReplicaReading?> ReadAsync() => (await process.TryAskAsync<Usage>(new ReadUsage(), ReadingLimit, host.Time).ConfigureAwait(false))?.Reading;

        public Task BeginAsync(Injection injection)
        {
            _inForce[injection.Number] = null;
            return host.AskAsync<Done>(process, new Inject(injection));
        }

        public async Task<FaultCount> EndAsync(Injection injection)
        {
            if (_inForce.TryRemove(injection.Number, out var known) && known is { } count) return count;
            return (await host.AskAsync<Counted>(process, new EndInjection(injection.Number)).ConfigureAwait(false))?.Count ?? default;
        }

        public async Task KillAsync()
        {
            foreach (int number in _inForce.Keys)
                _inForce[number] = (await process.TryAskAsync<Counted>(new EndInjection(number), LastWords, host.Time).ConfigureAwait(false))?.Count;
            await process.KillAsync().ConfigureAwait(false);
        }

        public async Task<IAsyncDisposable> PauseAsync() => await Standstill.OfAsync(process.Id).ConfigureAwait(false);

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }

    /// <summary>What one process says of its own accord.</summary>
    private sealed class Listener(IsolatedHost host, int proxy, string identity) : IChildListener
    {
        public void OnEvents(ReadOnlySpan<byte> events) => host._events.Add(proxy, EventBytes.Read(events));

        public void OnLines(ReadOnlySpan<byte> lines)
        {
            lock (host._output) host._output.Write(lines);
        }

        public void OnLost(long count)
        {
            lock (host._lock) host._lost += count;
        }

        public Message OnSign(byte[] request) => Signing.Answer(host._identities.IssuerFor(identity), request);

        public void OnEnd(string how) => host.Warn(how);
    }
}
