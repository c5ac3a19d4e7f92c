namespace Mesh.Runtime.Connections;

/// <summary>What to do about a connection for an attempt.</summary>
internal enum ConnectionDecision
{
    /// <summary>An idle connection is taken.</summary>
    Reuse,

    /// <summary>A new connection is opened.</summary>
    Open,

    /// <summary>The attempt waits for a connection to come free.</summary>
    Wait,

    /// <summary>Too many wait already: 503 <c>UO</c>.</summary>
    Refuse,
}

/// <summary>
/// One proxy's connections to one endpoint, HTTP/1.1: a request at a time on each. Idle ones are used last in, first out,
/// and die of age when they are looked at: there is no timer.
/// </summary>
internal sealed class EndpointConnections
{
    private readonly List<long> _idleSince = [];
    private LinkedList<Proxy.Attempt>? _waiting;

    /// <summary>Connections in use or idle.</summary>
    public int Open { get; private set; }

    /// <summary>Attempts that wait for a connection, in order of arrival.</summary>
    public LinkedList<Proxy.Attempt> Waiting => _waiting ??= [];

    /// <summary>Takes an idle connection that has not been idle longer than <paramref name="idleTimeout"/> ticks.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="idleTimeout">Ticks.</param>
    /// <param name="closed">How many idle connections had died of age.</param>
    public bool TryReuse(long now, long idleTimeout, out int closed)
    {
        closed = 0;
        int last = _idleSince.Count - 1;
        if (last < 0) return false;
        if (now - _idleSince[last] <= idleTimeout)
        {
            _idleSince.RemoveAt(last);
            return true;
        }
        closed = _idleSince.Count;
        Open -= closed;
        _idleSince.Clear();
        return false;
    }

    /// <summary>A connection is opened and used.</summary>
    public void Opened() => Open++;

    /// <summary>A connection in use becomes idle.</summary>
    public void BecomeIdle(long now) => _idleSince.Add(now);

    /// <summary>A connection in use is closed.</summary>
    public void Closed() => Open--;
}
