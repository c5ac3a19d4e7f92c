namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>The ids of proxies that are connected, by name: a proxy that comes back while its earlier connection is still there takes its place.</summary>
internal sealed class ConnectedNames(int most)
{
    private readonly Dictionary<string, (int Id, object Connection)> _byName = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _next;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get { lock (_lock) return _byName.Count; }
    }

    /// <summary>The id of the proxy for this connection; <c>null</c> where there are too many.</summary>
    public int? Enter(string name, object connection)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var known))
            {
                _byName[name] = (known.Id, connection);
                return known.Id;
            }
            if (_byName.Count >= most) return null;
            _byName[name] = (++_next, connection);
            return _next;
        }
    }

    /// <summary>The connection is over.</summary>
    /// <returns>Whether it was the proxy's newest.</returns>
    public bool Leave(string name, object connection)
    {
        lock (_lock) return _byName.TryGetValue(name, out var known) && ReferenceEquals(known.Connection, connection) && _byName.Remove(name);
    }
}
