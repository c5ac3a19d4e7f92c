namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>Where hashes fall among endpoints. Immutable: proxies with the same endpoints share it.</summary>
internal interface IHashTable
{
    /// <summary>The index of the endpoint for a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="attempt">How many finds for the same hash were turned down before.</param>
    int Find(ulong hash, int attempt);
}
