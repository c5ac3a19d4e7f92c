namespace Mesh.Runtime.Faults;

/// <summary>The key of a fault's draws, from its name: the same in every run and process (FNV-1a, 64 bits).</summary>
public static class FaultKey
{
    /// <summary>The key of the fault with this name.</summary>
    public static ulong Of(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
