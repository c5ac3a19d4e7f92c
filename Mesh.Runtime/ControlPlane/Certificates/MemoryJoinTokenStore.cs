using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>Join tokens in memory: gone with the process.</summary>
/// <param name="capacity">The most that are kept. Default 10,000.</param>
public sealed class MemoryJoinTokenStore(int capacity = 10_000) : IJoinTokenStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JoinTokenRecord> _tokens = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Add(JoinTokenRecord record)
    {
        lock (_lock)
        {
            if (_tokens.Count >= capacity) throw new IdentityException($"there are {capacity} join tokens already; wait until some expire, or remove some.");
            _tokens.Add(record.Id, record);
        }
    }

    /// <inheritdoc/>
    public JoinTokenRecord? Find(string id)
    {
        lock (_lock) return _tokens.GetValueOrDefault(id);
    }

    /// <inheritdoc/>
    public bool TryUse(string id, string key)
    {
        lock (_lock)
        {
            if (!_tokens.TryGetValue(id, out var record)) return false;
            if (record.UsedBy.Contains(key)) return true;
            if (record.UsedBy.Count >= record.Uses) return false;
            _tokens[id] = record with { UsedBy = [.. record.UsedBy, key] };
            return true;
        }
    }

    /// <inheritdoc/>
    public bool Remove(string id)
    {
        lock (_lock) return _tokens.Remove(id);
    }

    /// <inheritdoc/>
    public int RemoveExpired(DateTimeOffset now)
    {
        lock (_lock)
        {
            string[] expired = [.. _tokens.Values.Where(record => record.Expires <= now).Select(record => record.Id)];
            foreach (string id in expired) _tokens.Remove(id);
            return expired.Length;
        }
    }
}
