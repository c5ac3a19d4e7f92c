using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// A proxy's side of the control plane, sans IO: it says what it wants to know, takes snapshots over or rejects them, and fails static: without the control plane it goes on
/// with what it has for as long as it takes, says so in its <see cref="Status"/>, and tries again. The host owns sockets and timers and tells it what happens.
/// </summary>
/// <param name="outbound">The proxy's outbound pipeline.</param>
/// <param name="inbound">Its inbound pipeline, where it stands before a replica.</param>
/// <param name="reconnect">How long it waits before it tries again; <c>null</c> for 100 ms, doubling to 10 s, of which a part between half and all is drawn.</param>
public sealed class ProxyAgent(OutboundPipeline outbound, InboundPipeline? inbound = null, ReconnectOptions? reconnect = null)
{
    private readonly ReconnectOptions _reconnect = reconnect ?? new();
    private readonly ProxyFaults _faults = new(outbound, inbound);
    private readonly Lock _lock = new();
    private AgentStatus _status = new() { State = AgentConnection.Connecting };
    private int _failures;   // in a row
    private int _waits;
    private bool _takesAny;   // the first snapshot of a connection may be older: its control plane may have started anew
    private bool _isOfDisk;   // what is in force lacks faults, and may come again under the same version

    /// <summary>How it stands with the control plane.</summary>
    public AgentStatus Status
    {
        get { lock (_lock) return inbound is { Undecided: > 0 and var undecided } ? _status with { Undecided = undecided } : _status; }
    }

    /// <summary>Who counts for the global rate limits of the service that the proxy stands before. Without one they hold in equal shares for its replicas.</summary>
    internal void CountBy(IGlobalLimits service)
    {
        if (inbound is not null) inbound.GlobalLimits = service;
    }

    /// <summary>Starts from the snapshot that it worked by in an earlier life, so that it serves before the control plane answers.</summary>
    /// <returns>Why it cannot; <c>null</c> when it does.</returns>
    public string? StartFrom(MeshSnapshot last)
    {
        lock (_lock)
        {
            var answer = Decide(last);
            _isOfDisk = answer.Rejected is null;
            if (answer.Rejected is null && _status.State == AgentConnection.Connecting) _status = _status with { State = AgentConnection.Stale };
            return answer.Rejected;
        }
    }

    /// <summary>The control plane has taken the connection.</summary>
    /// <param name="now">The time in ticks.</param>
    public void Connected(long now)
    {
        lock (_lock)
        {
            if (_status.State == AgentConnection.Connected) return;
            _failures = 0;
            _takesAny = true;
            _status = _status with { State = AgentConnection.Connected, Since = now, Heard = now, Reason = "" };
        }
    }

    /// <summary>Something came from the control plane, be it only a sign of life.</summary>
    /// <param name="now">The time in ticks.</param>
    public void Heard(long now)
    {
        lock (_lock) _status = _status with { Heard = now };
    }

    /// <summary>What the control plane's faults did since it was last asked, by the fault's id; faults that did nothing are left out.</summary>
    public IReadOnlyList<FaultMeasured> TakeMeasures()
    {
        lock (_lock) return _faults.Take();
    }

    /// <summary>The control plane says which of its faults are in force, by id, and nothing else yet: all others end at once.</summary>
    public void KeepFaults(IReadOnlyCollection<string> ids)
    {
        lock (_lock) _faults.Keep(ids);
    }

    /// <summary>The connection broke, or could not be made.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="why">Why, for people.</param>
    /// <param name="random">The draws of waits.</param>
    /// <returns>How long to wait before the next try.</returns>
    public TimeSpan Disconnected(long now, string why, KeyedRandom random)
    {
        lock (_lock)
        {
            bool fresh = _status.State == AgentConnection.Connected;
            _status = _status with
            {
                State = _status.Version > 0 ? AgentConnection.Stale : AgentConnection.Connecting,
                Since = fresh ? now : _status.Since,
                Losses = _status.Losses + (fresh ? 1 : 0),
                Reason = why,
            };
            return _reconnect.Wait(++_failures, random.Bits(Concern.Reconnect, (ulong)outbound.ProxyId, 0, _waits++));
        }
    }

    /// <summary>A snapshot arrived. One that is older than what the connection has brought already changes nothing; one that is invalid is rejected, and the last good one stays in force.</summary>
    /// <returns>The answer to send back.</returns>
    public SnapshotAnswer Receive(MeshSnapshot snapshot)
    {
        lock (_lock) return Decide(snapshot);
    }

    /// <summary>A snapshot arrived that cannot even be read. The last good one stays in force.</summary>
    /// <returns>The answer to send back.</returns>
    public SnapshotAnswer Refuse(long version, IReadOnlyList<string> problems)
    {
        lock (_lock) return Reject(version, problems);
    }

    private SnapshotAnswer Reject(long version, IReadOnlyList<string> problems)
    {
        string why = string.Join("; ", problems.Take(5));
        _status = _status with { Rejections = _status.Rejections + 1, Rejected = why };
        return new SnapshotAnswer(version, _status.Version, why);
    }

    private SnapshotAnswer Decide(MeshSnapshot snapshot)
    {
        bool older = (snapshot.Version == _status.Version && !_isOfDisk) || (snapshot.Version < _status.Version && !_takesAny);
        if (older) return new SnapshotAnswer(snapshot.Version, _status.Version, null);
        var problems = SnapshotRules.Problems(snapshot);
        if (problems.Count > 0) return Reject(snapshot.Version, problems);
        (_takesAny, _isOfDisk) = (false, false);
        _status = _status with { Version = snapshot.Version, Rejected = null };
        _faults.Apply(snapshot);   // the first: who sees the snapshot finds its faults in force
        outbound.Apply(snapshot);
        inbound?.Apply(snapshot);
        return new SnapshotAnswer(snapshot.Version, snapshot.Version, null);
    }
}

/// <summary>Whether a proxy hears of changes.</summary>
public enum AgentConnection
{
    /// <summary>It has never heard anything and knows no service.</summary>
    Connecting,
    /// <summary>It hears of every change.</summary>
    Connected,
    /// <summary>It serves with what it has, which may be out of date.</summary>
    Stale,
}

/// <summary>How a proxy stands with the control plane.</summary>
public sealed record AgentStatus
{
    /// <summary>Whether it hears of changes.</summary>
    public AgentConnection State { get; init; }

    /// <summary>Since when, in ticks.</summary>
    public long Since { get; init; }

    /// <summary>When it last heard anything from the control plane, in ticks; <c>null</c> for never.</summary>
    public long? Heard { get; init; }

    /// <summary>Why it does not; empty where it does.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The version that it works by; 0 for none.</summary>
    public long Version { get; init; }

    /// <summary>How often it lost the control plane.</summary>
    public long Losses { get; init; }

    /// <summary>How many snapshots it rejected.</summary>
    public long Rejections { get; init; }

    /// <summary>Requests on which a global rate limit should have decided and did not in time.</summary>
    public long Undecided { get; init; }

    /// <summary>Why it rejected the newest one; <c>null</c> where it did not.</summary>
    public string? Rejected { get; init; }
}

/// <summary>A proxy's answer to a snapshot.</summary>
/// <param name="Version">The snapshot's version.</param>
/// <param name="InForce">The version that the proxy works by now.</param>
/// <param name="Rejected">Why it was rejected; <c>null</c> when it was not.</param>
public sealed record SnapshotAnswer(long Version, long InForce, string? Rejected);
