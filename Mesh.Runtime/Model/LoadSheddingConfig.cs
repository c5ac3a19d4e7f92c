using System.Collections.ObjectModel;

namespace Mesh.Runtime.Model;

/// <summary>How much a request matters, the most important first.</summary>
public enum RequestPriority
{
    /// <summary>The last to be refused.</summary>
    Critical,

    /// <summary>Refused before critical requests.</summary>
    High,

    /// <summary>What a request is that says nothing.</summary>
    Default,

    /// <summary>Refused before default requests.</summary>
    Low,

    /// <summary>The first to be refused.</summary>
    Sheddable,
}

/// <summary>
/// Refusal by priority in the callee's sidecar: a request of a priority is refused when the requests in progress, of all priorities,
/// have reached that priority's share of <see cref="MaxRequests"/>. MeshLab's own; the idea is Google's criticality (SRE book, chapter 21).
/// </summary>
public sealed record LoadSheddingConfig
{
    /// <summary>Requests in progress in one callee's sidecar at which even critical ones are refused, 1 or more.</summary>
    public int MaxRequests { get; init; } = 100;

    /// <summary>The header that says how much a request matters. Default <c>x-priority</c>.</summary>
    public string Header { get; init; } = "x-priority";

    /// <summary>What values of the header mean, beside the priorities' own names. Default: nothing.</summary>
    public IReadOnlyDictionary<string, RequestPriority> Values { get; init; } = ReadOnlyDictionary<string, RequestPriority>.Empty;

    /// <summary>Share of <see cref="MaxRequests"/>, above 0 and at most 1, that critical requests may fill. Default 1.</summary>
    public double Critical { get; init; } = 1;

    /// <summary>Share that high requests may fill. Default 0.95.</summary>
    public double High { get; init; } = 0.95;

    /// <summary>Share that default requests may fill. Default 0.9.</summary>
    public double Default { get; init; } = 0.9;

    /// <summary>Share that low requests may fill. Default 0.75.</summary>
    public double Low { get; init; } = 0.75;

    /// <summary>Share that sheddable requests may fill. Default 0.5.</summary>
    public double Sheddable { get; init; } = 0.5;

    /// <summary>The share that requests of <paramref name="priority"/> may fill.</summary>
    public double ShareOf(RequestPriority priority) => priority switch
    {
        RequestPriority.Critical => Critical,
        RequestPriority.High => High,
        RequestPriority.Default => Default,
        RequestPriority.Low => Low,
        _ => Sheddable,
    };
}
