namespace Mesh.Runtime.ControlPlane.Discovery.Files;

/// <summary>A file of services and addresses, and how it is watched.</summary>
public sealed record ServiceFileOptions
{
    /// <summary>The file. It may be missing at first, and be replaced by renaming another over it.</summary>
    public required string Path { get; init; }

    /// <summary>The provider's name. Default <c>file</c>.</summary>
    public string Source { get; init; } = "file";

    /// <summary>How often the file is looked at even if the system tells of no change (network file systems, watches used up). Default 2 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long its content must stay the same before it is believed, so that one that is just being written is not. Default 50 ms.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits after a failure of the watch itself.</summary>
    public ReconnectOptions Reconnect { get; init; } = new();
}
