namespace Mesh.Runtime.Model;

/// <summary>Client-side throttling by accepts and requests (Google SRE book, chapter 21 "Handling Overload").</summary>
public sealed record ThrottleConfig
{
    /// <summary>The book's K: how many times what the callee accepts may be sent, 1 or more. Default 2.</summary>
    public double K { get; init; } = 2;

    /// <summary>The time over which requests and accepts are counted, 1 s or more. Default 2 minutes.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(2);
}
