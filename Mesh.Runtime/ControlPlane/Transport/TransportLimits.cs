namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>The bounds of the transport.</summary>
internal static class TransportLimits
{
    /// <summary>Largest message to a proxy: a service of 20,000 endpoints fits.</summary>
    public const int ToProxyBytes = 8 << 20;

    /// <summary>Largest message from a proxy: a hello with 10,000 names fits.</summary>
    public const int FromProxyBytes = 1 << 20;

    /// <summary>Longest name of a proxy, a service, a zone or a version.</summary>
    public const int NameLength = 253;

    /// <summary>Messages other than answers that a proxy may send between two of our beats.</summary>
    public const int MessagesPerBeat = 100;

    /// <summary>Beats of silence after which the other side is taken for dead.</summary>
    public const int DeadAfterBeats = 4;

    /// <summary>Most kinds of hits that a sidecar asks tokens for at once.</summary>
    public const int HitsPerAsk = 256;

    /// <summary>Most requests of a kind that a sidecar asks tokens for at once.</summary>
    public const int RequestsPerHit = 10_000;

    /// <summary>How long a proxy may take to say hello, and the control plane to answer it.</summary>
    public static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How often faults' effects are told at most.</summary>
    public static readonly TimeSpan MeasureInterval = TimeSpan.FromSeconds(1);
}
