namespace Mesh.Scenarios.Running.Live;

/// <summary>How a live load is sent.</summary>
internal sealed record LiveWorkloadOptions
{
    /// <summary>More than these in progress at once are not useful, whatever the machine.</summary>
    public const int MostInProgress = 10_000;

    /// <summary>The way to the ingress sidecar.</summary>
    public required LiveClientOptions Client { get; init; }

    /// <summary>Requests in progress at once; one that would be one too many is not sent, and counted. Never less than the users of closed loops. Default 10,000.</summary>
    public int MaxInProgress { get; init; } = MostInProgress;

    /// <summary>From when on a request counts as sent late. Default 1 ms.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How long requests in progress may take once the load is over; what is unanswered then is cut off. Default 30 s.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A world's load: to its ingress, with as many requests in progress as there are files for.</summary>
    public static LiveWorkloadOptions For(LiveWorld world) =>
        new() { Client = new LiveClientOptions { Outbound = world.Ingress }, MaxInProgress = FileBudget.RequestsInProgress(world.Config, world.Host.IsIsolated, FileBudget.Limit) };
}

/// <summary>One request of a live load, once it is over.</summary>
/// <param name="Workload">Its workload's place in the file, from 0.</param>
/// <param name="Kind">Which request of the workload's mix it was.</param>
/// <param name="Key">Its key.</param>
/// <param name="Intended">When it should have been sent, in ticks of the world.</param>
/// <param name="Sent">When it was.</param>
/// <param name="Ended">When its answer was complete, or it was given up.</param>
/// <param name="Started">Whether it was sent at all; not when too many were in progress.</param>
/// <param name="Answer">What became of it.</param>
internal readonly record struct LiveRequest(int Workload, int Kind, ulong Key, long Intended, long Sent, long Ended, bool Started, LiveAnswer Answer)
{
    /// <summary>From when it should have been sent, so that a late start hides nothing.</summary>
    public long Latency => Ended - Intended;
}

/// <summary>Where finished requests of a live load go. Called on many threads, and must not block.</summary>
internal interface ILiveRequests
{
    /// <summary>Takes one.</summary>
    void On(in LiveRequest request);
}
