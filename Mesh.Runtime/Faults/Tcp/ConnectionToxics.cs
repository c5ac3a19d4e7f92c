using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>The faults of one connection: both of its streams, and one draw a fault for both.</summary>
internal sealed class ConnectionToxics
{
    private readonly Lock _lock = new();
    private readonly TcpFaultTable _faults;
    private readonly TcpPlace _caller;
    private readonly TcpPlace _callee;
    private readonly ulong _connection;
    private readonly Dictionary<ActiveTcpFault, bool> _drawn = [];

    /// <summary>A connection under the faults in force between two places.</summary>
    /// <param name="faults">The sidecar's faults.</param>
    /// <param name="caller">Who opened the connection.</param>
    /// <param name="callee">Who is called.</param>
    /// <param name="connection">The connection's key, for draws.</param>
    public ConnectionToxics(TcpFaultTable faults, TcpPlace caller, TcpPlace callee, ulong connection)
    {
        _faults = faults;
        _caller = caller;
        _callee = callee;
        _connection = connection;
        Upstream = new ToxicChain(this, TcpStream.Upstream);
        Downstream = new ToxicChain(this, TcpStream.Downstream);
    }

    /// <summary>From the client to the server.</summary>
    public ToxicChain Upstream { get; }

    /// <summary>From the server to the client.</summary>
    public ToxicChain Downstream { get; }

    /// <summary>The faults in force.</summary>
    public ActiveTcpFault[] InForce => _faults.InForce;

    /// <summary>Whether a fault concerns a stream, and the connection was drawn.</summary>
    public bool IsHit(ActiveTcpFault fault, TcpStream stream)
    {
        if (!fault.Hits(_caller, _callee, stream)) return false;
        lock (_lock)
        {
            if (_drawn.TryGetValue(fault, out bool hit)) return hit;
            foreach (var over in _drawn.Keys.Except(InForce).ToArray()) _drawn.Remove(over);
            hit = fault.Draw(_faults.Random, _connection);
            _drawn.Add(fault, hit);
            return hit;
        }
    }

    /// <summary>A fault's draws for a stream.</summary>
    public ToxicDraws DrawsFor(ActiveTcpFault fault, TcpStream stream) => fault.DrawsFor(_faults.Random, _connection, stream);
}
