using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// One service as its sources see it, and what is made of that: sources that have been silent for too long are given up, an empty answer is not believed at once, and
/// endpoints that come and go are held back. Sans IO: everything takes <c>now</c>.
/// </summary>
internal sealed class ObservedService
{
    private readonly DiscoveryOptions _options;
    private readonly Func<string, ProviderStatus?> _provider;
    private readonly KnownEndpoints _endpoints;
    private readonly List<SourceView> _sources = [];   // in order of precedence

    /// <summary>A service without endpoints.</summary>
    /// <param name="id">Its id in the directory.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">The rules.</param>
    /// <param name="provider">The status of a source, as far as one is known.</param>
    /// <param name="directory">Gives ids to endpoints.</param>
    public ObservedService(int id, string name, DiscoveryOptions options, Func<string, ProviderStatus?> provider, MeshDirectory directory)
    {
        Id = id;
        Name = name;
        _options = options;
        _provider = provider;
        _endpoints = new KnownEndpoints(name, options, directory);
    }

    public int Id { get; }

    public string Name { get; }

    /// <summary>What proxies are told, by id. Never changed in place.</summary>
    public Endpoint[] Endpoints { get; private set; } = [];

    /// <summary>Since when the sources have known of no endpoint that may have requests, in ticks; <c>null</c> while they know of one, and before they ever did.</summary>
    public long? EmptySince { get; private set; }

    /// <summary>How many endpoints are there and held back because they come and go.</summary>
    public int Held => _endpoints.Held;

    /// <summary>Whether nothing is known or remembered of the service.</summary>
    public bool IsForgotten => Endpoints.Length == 0 && _endpoints.Count == 0 && _sources.TrueForAll(source => source.Endpoints.Count == 0);

    /// <summary>A source has answered.</summary>
    public void Take(ServiceObservation answer)
    {
        var view = _sources.Find(source => source.Source == answer.Source);
        if (view is null)
        {
            view = new SourceView(answer.Source);
            int place = _sources.FindIndex(source => Precedence.Compare(_options.Precedence, answer.Source, source.Source) < 0);
            _sources.Insert(place < 0 ? _sources.Count : place, view);
        }
        view.Take(answer, _options);
    }

    /// <summary>Brings the service up to date.</summary>
    /// <returns>Whether <see cref="Endpoints"/> changed.</returns>
    public bool Advance(long now)
    {
        var usable = EndpointMerge.Usable(_sources.Where(source => !IsExpired(source, now)).Select(source => source.Endpoints));
        if (usable.Count > 0) EmptySince = null;
        else if (_endpoints.Present.Count > 0) EmptySince ??= now;
        bool grace = usable.Count == 0 && EmptySince is { } since && now - since < _options.EmptyAfter.Ticks;
        if (!grace) _endpoints.Replace(usable, now);
        var offered = _endpoints.Offered(now);
        if (offered.AsSpan().SequenceEqual(Endpoints, ReferenceEqualityComparer.Instance)) return false;
        Endpoints = offered;
        return true;
    }

    /// <summary>When <see cref="Advance"/> may have something to do although nobody has answered, in ticks.</summary>
    public long NextDue(long now)
    {
        long due = _endpoints.NextRelease(now);
        if (EmptySince is { } since && _endpoints.Present.Count > 0) due = Math.Min(due, since + _options.EmptyAfter.Ticks);
        foreach (var source in _sources)
        {
            // Without a new answer a source that is known to be right now can become unsure no sooner than now.
            if (source.Endpoints.Count > 0 && !IsExpired(source, now) && Expiry(source, now) is { } expiry) due = Math.Min(due, expiry);
        }
        return due;
    }

    /// <summary>How the service stands, for people.</summary>
    public ServiceStatus Status(long now)
    {
        var sources = _sources.ConvertAll(source => new SourceStatus(source.Source, source.Endpoints.Count, source.Revision, source.ConfirmedAt(_provider(source.Source), now), source.Error));
        long? right = sources.Count == 0 ? null : sources.Max(source => source.ConfirmedAt);
        return new ServiceStatus(Name, Endpoints.Length, Held, now - right >= _options.StaleAfter.Ticks ? right : null, EmptySince, sources);
    }

    private bool IsExpired(SourceView source, long now) => Expiry(source, now) <= now;

    private long? Expiry(SourceView source, long now) =>
        _options.ExpireAfter == Timeout.InfiniteTimeSpan ? null : source.ConfirmedAt(_provider(source.Source), now) + _options.ExpireAfter.Ticks;
}

/// <summary>How a service stands with its sources.</summary>
/// <param name="Service">The service.</param>
/// <param name="Endpoints">How many endpoints proxies are told of.</param>
/// <param name="Held">How many more there are that are held back because they come and go.</param>
/// <param name="StaleSince">When any of its sources was last known to be right, if that is longer ago than is allowed; in ticks.</param>
/// <param name="EmptySince">Since when its sources have known of no usable endpoint, in ticks.</param>
/// <param name="Sources">Each source, the most trusted first.</param>
public sealed record ServiceStatus(string Service, int Endpoints, int Held, long? StaleSince, long? EmptySince, IReadOnlyList<SourceStatus> Sources);

/// <summary>What one source says about a service.</summary>
/// <param name="Source">The source.</param>
/// <param name="Endpoints">How many endpoints it names.</param>
/// <param name="Revision">Its word for that state.</param>
/// <param name="ConfirmedAt">When that was last known to be right, in ticks.</param>
/// <param name="Error">What was wrong with its last answer; <c>null</c> where nothing was.</param>
public sealed record SourceStatus(string Source, int Endpoints, string Revision, long ConfirmedAt, string? Error);

/// <summary>The order of sources.</summary>
internal static class Precedence
{
    /// <summary>Compares two sources: those that are listed come first, in that order; others follow by name.</summary>
    public static int Compare(IReadOnlyList<string> listed, string a, string b)
    {
        int byList = Place(listed, a).CompareTo(Place(listed, b));
        return byList != 0 ? byList : string.CompareOrdinal(a, b);
    }

    private static int Place(IReadOnlyList<string> listed, string source)
    {
        for (int i = 0; i < listed.Count; i++)
        {
            if (listed[i] == source) return i;
        }
        return listed.Count;
    }
}
