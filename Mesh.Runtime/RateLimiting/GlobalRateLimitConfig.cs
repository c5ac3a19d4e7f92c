namespace Mesh.Runtime.RateLimiting;

/// <summary>The length of a window of a global limit; windows begin at whole units of Unix time.</summary>
internal enum RateLimitUnit
{
    /// <summary>1 s.</summary>
    Second = 1,

    /// <summary>60 s.</summary>
    Minute = 60,

    /// <summary>3600 s.</summary>
    Hour = 3600,

    /// <summary>86400 s.</summary>
    Day = 86400,
}

/// <summary>The limits of one domain, as in a configuration file of envoyproxy/ratelimit.</summary>
internal sealed record GlobalRateLimitConfig
{
    /// <summary>What separates the limits of one user of the service from those of others.</summary>
    public required string Domain { get; init; }

    /// <summary>The limits, by the first entry of a request's descriptor.</summary>
    public required IReadOnlyList<GlobalLimitDescriptor> Descriptors { get; init; }
}

/// <summary>One entry of a descriptor, what it is limited to, and the entries that may follow it.</summary>
internal sealed record GlobalLimitDescriptor
{
    /// <summary>The entry's key.</summary>
    public required string Key { get; init; }

    /// <summary>Its value; <c>null</c> matches values that no sibling names, and counts each by itself.</summary>
    public string? Value { get; init; }

    /// <summary>The limit of descriptors that end here; <c>null</c> for none.</summary>
    public GlobalLimit? Limit { get; init; }

    /// <summary>Whether the limit is counted but never refuses.</summary>
    public bool ShadowMode { get; init; }

    /// <summary>The entries that may follow.</summary>
    public IReadOnlyList<GlobalLimitDescriptor> Descriptors { get; init; } = [];
}

/// <summary>Requests in a window.</summary>
/// <param name="RequestsPerUnit">How many may pass.</param>
/// <param name="Unit">The window.</param>
/// <param name="Unlimited">Whether all may: it answers "no limit" where a more general limit would refuse.</param>
internal sealed record GlobalLimit(int RequestsPerUnit, RateLimitUnit Unit, bool Unlimited = false);

/// <summary>An entry of a request's descriptor.</summary>
/// <param name="Key">Its key, such as <c>path</c>.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct DescriptorEntry(string Key, string Value);

/// <summary>What a global limit says of one descriptor.</summary>
/// <param name="OverLimit">Whether it refuses.</param>
/// <param name="Limit">The limit that holds; <c>null</c> for none.</param>
/// <param name="Remaining">Requests that are left in the window.</param>
/// <param name="UntilReset">Ticks until the next window.</param>
internal readonly record struct GlobalLimitStatus(bool OverLimit, GlobalLimit? Limit, int Remaining, long UntilReset);
