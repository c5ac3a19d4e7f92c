namespace Mesh.Scenarios.Cli;

/// <summary>What the arguments of <c>service</c> say.</summary>
internal sealed record ServiceSettings
{
    /// <summary>The scenario that describes the service; <c>null</c> where the arguments do.</summary>
    public string? Scenario { get; init; }

    public IReadOnlyList<string> Sets { get; init; } = [];

    public string? Seed { get; init; }

    /// <summary>The service's name; <c>null</c> for <c>service</c>, or for the scenario's only one.</summary>
    public string? Service { get; init; }

    public string? Version { get; init; }

    public int Replica { get; init; }

    public string Listen { get; init; } = "127.0.0.1:0";

    public string? Outbound { get; init; }

    public string? ServiceTime { get; init; }

    public string? ErrorRate { get; init; }

    public string? Workers { get; init; }

    public string? Queue { get; init; }

    public string? ResponseSize { get; init; }

    public string Work { get; init; } = "timer";

    public string Drain { get; init; } = "5s";

    public bool WithParent { get; init; }

    public bool Json { get; init; }
}
