using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>What the control plane's actors have said last, for those who ask from other threads. Bounded by what there is: services, faults, and the newest of the proxies that are gone.</summary>
internal sealed class ControlPlaneBoard
{
    /// <summary>Proxies that are remembered after they have gone.</summary>
    private const int MaxGone = 1000;

    private const int MaxRefused = 20;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, IReadOnlyList<Endpoint>> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ProxyLine> _proxies = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _gone = new();   // the oldest first
    private readonly Dictionary<string, FaultCount> _measured = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _refused = new();
    private IReadOnlyList<LeasedFault> _faults = [];
    private long _refusals;

    /// <summary>Proxies that are connected.</summary>
    public int ConnectedProxies
    {
        get
        {
            lock (_lock) return _proxies.Count - _gone.Count;
        }
    }

    /// <summary>Faults in force.</summary>
    public int FaultsInForce
    {
        get
        {
            lock (_lock) return _faults.Count;
        }
    }

    /// <summary>Problems of changes that were refused.</summary>
    public long Refusals
    {
        get
        {
            lock (_lock) return _refusals;
        }
    }

    /// <summary>How many endpoints each service has.</summary>
    public IReadOnlyList<(string Name, int Endpoints)> EndpointCounts
    {
        get
        {
            lock (_lock) return [.. _endpoints.Select(service => (service.Key, service.Value.Count))];
        }
    }

    /// <summary>A service's endpoints.</summary>
    public IReadOnlyList<Endpoint> EndpointsOf(string service)
    {
        lock (_lock) return _endpoints.GetValueOrDefault(service) ?? [];
    }

    /// <summary>Whether any source has told of the service.</summary>
    public bool Knows(string service)
    {
        lock (_lock) return _endpoints.ContainsKey(service);
    }

    /// <summary>Services' endpoints changed.</summary>
    public void OnEndpoints(IReadOnlyList<ServiceEndpoints> services)
    {
        lock (_lock)
            foreach (var service in services) _endpoints[service.Service] = service.Endpoints;
    }

    /// <summary>Other faults are in force.</summary>
    /// <returns>What those that ended have done, as far as proxies have said: what they did in their last second may be missing.</returns>
    public IReadOnlyList<(string Id, FaultCount Count)> OnFaults(FaultsChanged changed)
    {
        lock (_lock)
        {
            _faults = changed.InForce;
            return [.. changed.Ended.Select(ended => (ended.Fault.Id, _measured.Remove(ended.Fault.Id, out var count) ? count : default))];
        }
    }

    /// <summary>A proxy says what faults did since it last said so.</summary>
    public void OnMeasured(FaultsMeasured measured)
    {
        lock (_lock)
        {
            foreach (var fault in measured.Faults)
                if (_faults.Any(known => known.Fault.Id == fault.Id)) _measured[fault.Id] = _measured.GetValueOrDefault(fault.Id) + fault.Count;
        }
    }

    /// <summary>A change was refused.</summary>
    public void OnRefused(IReadOnlyList<string> problems)
    {
        lock (_lock)
        {
            _refusals += problems.Count;
            foreach (string problem in problems) _refused.AddFirst(problem);
            while (_refused.Count > MaxRefused) _refused.RemoveLast();
        }
    }

    /// <summary>A proxy stands in another way than before.</summary>
    public void OnProxy(ProxyStanding proxy)
    {
        lock (_lock)
        {
            if (_proxies.GetValueOrDefault(proxy.Name)?.Gone is { } gone) _gone.Remove(gone);
            _proxies[proxy.Name] = new ProxyLine(proxy, proxy.IsConnected ? null : _gone.AddLast(proxy.Name));
            if (_gone.Count <= MaxGone) return;
            _proxies.Remove(_gone.First!.Value);
            _gone.RemoveFirst();
        }
    }

    /// <summary>Fills in all that the board knows.</summary>
    /// <param name="status">The rest.</param>
    /// <param name="declared">Services that the configuration names.</param>
    /// <param name="registry">How discovery stands.</param>
    public ControlPlaneStatus Fill(ControlPlaneStatus status, IEnumerable<string> declared, RegistryStatus registry)
    {
        lock (_lock)
        {
            return status with
            {
                Version = _proxies.Values.Select(proxy => proxy.Standing.InForce).DefaultIfEmpty(0).Max(),
                Services = [.. declared.Union(_endpoints.Keys).Order(StringComparer.Ordinal).Select(name => Service(name, registry))],
                Sources = [.. registry.Providers.Select(provider => new SourceStatusLine(provider.Source, provider.State.ToString().ToLowerInvariant(), TimeSpan.FromTicks(registry.Now - provider.Since), provider.Reason))],
                Proxies = [.. _proxies.Values.Select(proxy => Proxy(proxy.Standing, registry.Now))],
                Faults = [.. _faults.Select(fault => Fault(fault, registry.Now))],
                Refused = [.. _refused],
            };
        }
    }

    private static ProxyStatusLine Proxy(ProxyStanding proxy, long now) => new(
        proxy.Name, proxy.Service, proxy.IsConnected, proxy.InForce, proxy.BehindSince == 0 || !proxy.IsConnected ? TimeSpan.Zero : TimeSpan.FromTicks(now - proxy.BehindSince), proxy.Rejected);

    private ServiceStatusLine Service(string name, RegistryStatus registry)
    {
        var endpoints = _endpoints.GetValueOrDefault(name) ?? [];
        var found = registry.Services.FirstOrDefault(service => service.Service == name);
        return new ServiceStatusLine
        {
            Name = name,
            Endpoints = endpoints.Count,
            Versions = Counts(endpoints.Select(endpoint => endpoint.Version)),
            Zones = Counts(endpoints.Select(endpoint => endpoint.Zone)),
            Sources = [.. found?.Sources.Where(source => source.Endpoints > 0).Select(source => source.Source) ?? []],
            StaleFor = found?.StaleSince is { } since ? TimeSpan.FromTicks(registry.Now - since) : null,
            Held = found?.Held ?? 0,
        };
    }

    private FaultStatusLine Fault(LeasedFault fault, long now)
    {
        var count = _measured.GetValueOrDefault(fault.Fault.Id);
        return new FaultStatusLine
        {
            Id = fault.Fault.Id,
            Fault = fault.Fault.Written?.Fault ?? fault.Fault.Fault.Name,
            Service = fault.Fault.Service,
            Target = fault.Fault.Written?.Target() ?? "",
            By = fault.Fault.By,
            Left = Left(fault.Ends, now),
            AtMost = Left(fault.Until, now),
            Eligible = count.Eligible,
            Requested = count.Requested,
            Injected = count.Injected,
            Delayed = count.Delayed,
            DelayRequested = fault.Fault.Fault.Delay is { } delay ? TimeSpan.FromSeconds(delay.Mean) : null,
            DelayMeasured = count.Delayed > 0 ? TimeSpan.FromTicks((long)(count.DelayTicks / count.Delayed)) : null,
            Aborted = count.Aborted,
        };
    }

    private static TimeSpan Left(long end, long now) => end == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, end - now));

    private static SortedDictionary<string, int> Counts(IEnumerable<string> names) =>
        new(names.Where(name => name.Length > 0).CountBy(name => name).ToDictionary(), StringComparer.Ordinal);

    private sealed record ProxyLine(ProxyStanding Standing, LinkedListNode<string>? Gone);
}
