namespace Mesh.Runtime.RateLimiting;

/// <summary>One of the buckets that a request takes a token of.</summary>
/// <param name="Limit"><see cref="Default"/> for the bucket for all; else the number of the descriptor among those of the service, from 1, the slowest first.</param>
/// <param name="Values">What tells the request's bucket from the descriptor's others.</param>
internal readonly record struct LimitUse(int Limit, DescriptorValues Values)
{
    /// <summary>The bucket for all.</summary>
    public const int Default = 0;
}

/// <summary>A request's values where a descriptor says <c>*</c>; <c>null</c> where it does not.</summary>
/// <param name="Path">The path.</param>
/// <param name="Route">The name of the route.</param>
/// <param name="Caller">The caller's identity.</param>
/// <param name="Header">The value of the descriptor's header.</param>
internal readonly record struct DescriptorValues(string? Path, string? Route, string? Caller, string? Header);
