using Mesh.Runtime.Model;

namespace Mesh.Runtime.Connections;

/// <summary>
/// One proxy's connections and requests towards one service, and the caps on them: Envoy's circuit-breaker thresholds,
/// decided at admission (<c>current &lt; max</c>). Called under the service's lock.
/// </summary>
internal sealed class ConnectionLimits(LimitsConfig config)
{
    /// <summary>Envoy's default of <c>max_pending_requests</c>.</summary>
    private const int DefaultMaxPending = 1024;

    private readonly int _maxRequests = config.MaxRequests ?? int.MaxValue;
    private readonly int _maxConnections = config.MaxConnections ?? int.MaxValue;
    private readonly int _maxPending = config.MaxPendingRequests ?? DefaultMaxPending;
    private readonly long _idleTimeout = (config.IdleTimeout ?? TimeSpan.FromHours(1)).Ticks;

    /// <summary>Attempts in progress.</summary>
    public int Requests { get; private set; }

    /// <summary>Attempts that wait for a connection.</summary>
    public int Pending { get; private set; }

    /// <summary>Connections in use or idle.</summary>
    public int Connections { get; private set; }

    /// <summary>Admits an attempt, or refuses it at once: requests over the cap do not queue.</summary>
    public bool TryEnter()
    {
        if (Requests >= _maxRequests) return false;
        Requests++;
        return true;
    }

    /// <summary>An admitted attempt is over.</summary>
    public void Exit() => Requests--;

    /// <summary>Finds a connection for an admitted attempt.</summary>
    public ConnectionDecision Acquire(EndpointConnections endpoint, long now)
    {
        bool reused = endpoint.TryReuse(now, _idleTimeout, out int closed);
        Connections -= closed;
        if (reused) return ConnectionDecision.Reuse;
        if (Connections < _maxConnections || endpoint.Open == 0)
        {
            endpoint.Opened();
            Connections++;
            return ConnectionDecision.Open;
        }
        if (Pending >= _maxPending) return ConnectionDecision.Refuse;
        Pending++;
        return ConnectionDecision.Wait;
    }

    /// <summary>Whether the cap leaves a plain TCP connection its place.</summary>
    public bool CanOpen => Connections < _maxConnections;

    /// <summary>A plain TCP connection is opened; it is never idle, for nobody else can use it.</summary>
    public void Open(EndpointConnections endpoint) => Replace(endpoint);

    /// <summary>An attempt stops waiting, served or not.</summary>
    public void StopWaiting() => Pending--;

    /// <summary>A connection was closed, by a reset or a time-out in mid-request.</summary>
    public void Close(EndpointConnections endpoint)
    {
        endpoint.Closed();
        Connections--;
    }

    /// <summary>The idle connections to an endpoint that left the mesh were closed.</summary>
    public void CloseIdle(int count) => Connections -= count;

    /// <summary>New caps over the same connections and attempts.</summary>
    public ConnectionLimits With(LimitsConfig config) => new(config) { Requests = Requests, Pending = Pending, Connections = Connections };

    /// <summary>A connection is opened in place of a closed one.</summary>
    public void Replace(EndpointConnections endpoint)
    {
        endpoint.Opened();
        Connections++;
    }
}
