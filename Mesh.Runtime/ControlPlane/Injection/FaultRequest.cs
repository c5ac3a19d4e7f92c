using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Injection;

/// <summary>A fault that somebody asks for, as it was written: it is stored, journalled and shown in these words.</summary>
public sealed record FaultRequest
{
    /// <summary>What goes wrong: <c>EFFECT=VALUE@PERCENT</c>, such as <c>delay=200ms@10%</c>, <c>abort=503@5%</c> or <c>reset@1%</c>.</summary>
    public required string Fault { get; init; }

    /// <summary>The called service.</summary>
    public required string Service { get; init; }

    /// <summary>Its version; <c>null</c> for all.</summary>
    public string? Version { get; init; }

    /// <summary>Its zone; <c>null</c> for all.</summary>
    public string? Zone { get; init; }

    /// <summary>Only requests to this path, exactly; <c>null</c> for all.</summary>
    public string? Path { get; init; }

    /// <summary>Only requests with these headers. Default: any.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where it acts: <c>request</c>, <c>attempt</c> or <c>server</c>. Default <c>attempt</c>.</summary>
    public string Site { get; init; } = "attempt";

    /// <summary>How long it is in force at most, whoever renews it. Above 0, at most 24 h.</summary>
    public required TimeSpan For { get; init; }

    /// <summary>How long it lives without a renewal. Default: as long as <see cref="For"/>, so that nobody need renew it.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>Whether it may hit more than <see cref="FaultLimits"/> allow. Default false.</summary>
    public bool AllowLarge { get; init; }

    /// <summary>Which of the service's requests it hits, in words; empty for all.</summary>
    public string Target() => string.Join(", ", new[]
    {
        Version is null ? null : $"version {Version}",
        Zone is null ? null : $"zone {Zone}",
        Path is null ? null : $"path {Path}",
        Headers.Count == 0 ? null : string.Join(", ", Headers.Select(header => $"{header.Key}: {header.Value}")),
        Site == "attempt" ? null : $"at the {Site}",
    }.OfType<string>());

    /// <summary>The fault and its target in one line.</summary>
    public override string ToString() => Target() is { Length: > 0 } target ? $"{Fault} on {Service} ({target})" : $"{Fault} on {Service}";
}

/// <summary>Understands faults as people write them. The composition root has the language.</summary>
public interface IFaultReader
{
    /// <summary>What sidecars do; <c>null</c> after telling everything that is wrong.</summary>
    /// <param name="request">The fault as it was written.</param>
    /// <param name="problems">Told what is wrong.</param>
    FaultConfig? Read(FaultRequest request, ICollection<string> problems);
}
