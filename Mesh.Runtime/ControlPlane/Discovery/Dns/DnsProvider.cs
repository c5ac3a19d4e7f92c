using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery.Dns;

/// <summary>
/// Services from DNS: each name is asked for by itself, again before its answer's time to live is over, so that what vanishes is gone within that time. A question that failed is reported as
/// such, and takes nothing away.
/// </summary>
public sealed class DnsProvider : DiscoveryProvider
{
    private readonly DnsOptions _options;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string?> _answered = new(StringComparer.Ordinal);   // what went wrong last, by service

    /// <summary>A provider that has not started.</summary>
    /// <param name="options">The names.</param>
    /// <param name="sink">Told of their services.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The world's draws.</param>
    public DnsProvider(DnsOptions options, IDiscoverySink sink, TimeProvider time, KeyedRandom random)
        : base(options.Source, options.Reconnect, sink, time, random)
    {
        if (options.Services.GroupBy(service => service.Service).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"the service '{twice.Key}' is given twice; give each a name of its own, or take a second provider.", nameof(options));
        _options = options;
    }

    private protected override async Task WatchAsync(CancellationToken cancellation)
    {
        using var resolver = new DnsResolver(_options);
        if (_options.Services.Count == 0) Synced();
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var names = _options.Services.Select(service => FollowAsync(resolver, service, session.Token)).ToList();
        // One that fails unexpectedly ends the session, and all begin anew.
        await Task.WhenAny([.. names, Task.Delay(Timeout.InfiniteTimeSpan, Time, session.Token)]).ConfigureAwait(false);
        await session.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(names).ConfigureAwait(false);
    }

    private async Task FollowAsync(DnsResolver resolver, DnsServiceConfig service, CancellationToken cancellation)
    {
        for (int failures = 0; ;)
        {
            var answer = await resolver.FindAsync(service, cancellation).ConfigureAwait(false);
            var stands = Clamp(answer.Ttl);
            failures = answer.Error is null ? 0 : failures + 1;
            TimeSpan wait;
            lock (_lock)
            {
                Report(new ServiceObservation { Source = Source, Service = service.Service, Endpoints = answer.Items, TakenAt = Now, ValidFor = stands, Error = answer.Error });
                Answered(service.Service, answer.Error);
                // A little early, and not all names at once.
                wait = failures > 0 ? BackOff(failures) : stands * (0.9 + 0.1 * KeyedRandom.ToUnit(Draw()));
            }
            await WaitAsync(wait, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>In sync is a provider whose names have all had an answer, the last time they were asked for.</summary>
    private void Answered(string service, string? error)
    {
        bool news = !_answered.TryGetValue(service, out string? last) || last != error;
        _answered[service] = error;
        if (!news) return;
        var failing = _answered.Where(name => name.Value is not null).ToList();
        if (failing.Count > 0) Failed($"{failing[0].Value}{(failing.Count > 1 ? $", and {failing.Count - 1} more names" : "")}");
        else if (_answered.Count == _options.Services.Count) Synced();
    }

    private TimeSpan Clamp(TimeSpan ttl) => ttl < _options.MinTtl ? _options.MinTtl : ttl > _options.MaxTtl ? _options.MaxTtl : ttl;
}
