namespace Mesh.Runtime.ControlPlane;

/// <summary>How a control plane goes.</summary>
public sealed record ControlPlaneStatus
{
    /// <summary>The newest version that a proxy works by; 0 where none does yet.</summary>
    public required long Version { get; init; }

    /// <summary>How long it has run.</summary>
    public required TimeSpan Up { get; init; }

    /// <summary>How the configuration stands.</summary>
    public required ConfigurationStatus Configuration { get; init; }

    /// <summary>The services, by name.</summary>
    public required IReadOnlyList<ServiceStatusLine> Services { get; init; }

    /// <summary>Where services are discovered, by name.</summary>
    public required IReadOnlyList<SourceStatusLine> Sources { get; init; }

    /// <summary>The proxies that have ever connected, by name.</summary>
    public required IReadOnlyList<ProxyStatusLine> Proxies { get; init; }

    /// <summary>Faults in force, oldest first.</summary>
    public required IReadOnlyList<FaultStatusLine> Faults { get; init; }

    /// <summary>Changes that were refused of late, by the control plane or by a proxy, newest first.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];
}

/// <summary>How the desired configuration stands.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Files">How many files are in force.</param>
/// <param name="Services">How many services they name.</param>
/// <param name="Problems">What is wrong with the files as they are now: the last good ones are in force. Empty where nothing is.</param>
public sealed record ConfigurationStatus(string Directory, int Files, int Services, IReadOnlyList<string> Problems);

/// <summary>A service.</summary>
public sealed record ServiceStatusLine
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Endpoints that proxies are told of.</summary>
    public required int Endpoints { get; init; }

    /// <summary>Its versions, each with the number of its endpoints.</summary>
    public IReadOnlyDictionary<string, int> Versions { get; init; } = new SortedDictionary<string, int>();

    /// <summary>Its zones, each with the number of its endpoints; none where zones are not used.</summary>
    public IReadOnlyDictionary<string, int> Zones { get; init; } = new SortedDictionary<string, int>();

    /// <summary>Where its endpoints come from; empty where the configuration says them.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>How long ago its sources were last known to be right, where that is longer than is allowed; <c>null</c> where it is fresh.</summary>
    public TimeSpan? StaleFor { get; init; }

    /// <summary>Endpoints that are held back because they come and go.</summary>
    public int Held { get; init; }
}

/// <summary>A source of services.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">How the control plane stands with it: <c>connecting</c>, <c>synced</c>, <c>stale</c> or <c>failed</c>.</param>
/// <param name="For">For how long.</param>
/// <param name="Reason">Why it is stale or failed; empty where it is not.</param>
public sealed record SourceStatusLine(string Name, string State, TimeSpan For, string Reason);

/// <summary>A proxy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Service">Its service.</param>
/// <param name="Connected">Whether it is connected now.</param>
/// <param name="Acknowledged">The version that it works by.</param>
/// <param name="Behind">How long it has worked by an older version than it was sent; zero when it is up to date.</param>
/// <param name="Rejected">Why it rejected a version; <c>null</c> when it did not.</param>
public sealed record ProxyStatusLine(string Name, string Service, bool Connected, long Acknowledged, TimeSpan Behind, string? Rejected);

/// <summary>A fault in force, what was asked for beside what was measured.</summary>
public sealed record FaultStatusLine
{
    /// <summary>What it is called.</summary>
    public required string Id { get; init; }

    /// <summary>As it was written: <c>delay=200ms@10%</c>.</summary>
    public required string Fault { get; init; }

    /// <summary>The called service.</summary>
    public required string Service { get; init; }

    /// <summary>Which of its requests, in words; empty for all.</summary>
    public string Target { get; init; } = "";

    /// <summary>Who asked for it.</summary>
    public required string By { get; init; }

    /// <summary>Until its lease ends, unless somebody renews it.</summary>
    public required TimeSpan Left { get; init; }

    /// <summary>Until it ends, whoever renews it.</summary>
    public required TimeSpan AtMost { get; init; }

    /// <summary>Requests that it might have hit.</summary>
    public long Eligible { get; init; }

    /// <summary>Of these, how many it should have hit on average.</summary>
    public double Requested { get; init; }

    /// <summary>How many it did.</summary>
    public long Injected { get; init; }

    /// <summary>How many waited.</summary>
    public long Delayed { get; init; }

    /// <summary>The mean delay that was asked for; <c>null</c> where none was.</summary>
    public TimeSpan? DelayRequested { get; init; }

    /// <summary>The mean delay that was measured; <c>null</c> where nothing waited yet.</summary>
    public TimeSpan? DelayMeasured { get; init; }

    /// <summary>How many were answered in the service's place.</summary>
    public long Aborted { get; init; }
}
