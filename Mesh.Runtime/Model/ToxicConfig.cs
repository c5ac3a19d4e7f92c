namespace Mesh.Runtime.Model;

/// <summary>What a TCP fault does to a connection: Toxiproxy's toxics by their own names, and two of ours.</summary>
public abstract record ToxicConfig
{
    /// <summary>Its name in Toxiproxy's vocabulary: <c>latency</c>, <c>reset_peer</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Everything that is wrong with it, in words.</summary>
    internal abstract IEnumerable<string> Problems();

    private protected static IEnumerable<string> NotNegative(string name, TimeSpan time)
    {
        if (time < TimeSpan.Zero) yield return $"{name} is {time}; write 0 or more.";
    }
}

/// <summary>Each chunk takes that much longer, in order. <c>latency</c></summary>
public sealed record LatencyToxicConfig : ToxicConfig
{
    /// <summary>The delay. Default 0.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>A drawn time from minus to plus this is added to it. Default 0.</summary>
    public TimeSpan Jitter { get; init; }

    /// <inheritdoc/>
    public override string Type => "latency";

    internal override IEnumerable<string> Problems() => NotNegative("the latency", Latency).Concat(NotNegative("the jitter", Jitter));
}

/// <summary>No more than so many bytes a second. <c>bandwidth</c></summary>
public sealed record BandwidthToxicConfig : ToxicConfig
{
    /// <summary>Bytes a second; 0 is no limit. Toxiproxy's <c>rate</c> is this divided by 1000.</summary>
    public long BytesPerSecond { get; init; }

    /// <inheritdoc/>
    public override string Type => "bandwidth";

    internal override IEnumerable<string> Problems()
    {
        if (BytesPerSecond < 0) yield return $"the bandwidth is {BytesPerSecond}; write 0 bytes a second or more.";
    }
}

/// <summary>The end of the stream is passed on late. <c>slow_close</c></summary>
public sealed record SlowCloseToxicConfig : ToxicConfig
{
    /// <summary>How late.</summary>
    public TimeSpan Delay { get; init; }

    /// <inheritdoc/>
    public override string Type => "slow_close";

    internal override IEnumerable<string> Problems() => NotNegative("the delay", Delay);
}

/// <summary>A black hole: nothing gets through, and the connection is closed after a time, or when the fault ends. <c>timeout</c></summary>
public sealed record TimeoutToxicConfig : ToxicConfig
{
    /// <summary>Silence after which the connection is closed, counted anew from each chunk that is swallowed; 0 is never.</summary>
    public TimeSpan Timeout { get; init; }

    /// <inheritdoc/>
    public override string Type => "timeout";

    internal override IEnumerable<string> Problems() => NotNegative("the timeout", Timeout);
}

/// <summary>The connection is reset (RST on both sides) some time after the stream's first chunk or its end. <c>reset_peer</c></summary>
public sealed record ResetPeerToxicConfig : ToxicConfig
{
    /// <summary>How long after; 0 is at once.</summary>
    public TimeSpan Timeout { get; init; }

    /// <inheritdoc/>
    public override string Type => "reset_peer";

    internal override IEnumerable<string> Problems() => NotNegative("the timeout", Timeout);
}

/// <summary>Chunks are cut into small slices. <c>slicer</c></summary>
public sealed record SlicerToxicConfig : ToxicConfig
{
    /// <summary>Bytes of a slice, on average. 1 or more.</summary>
    public required int AverageSize { get; init; }

    /// <summary>How many bytes a slice may differ; below <see cref="AverageSize"/>. Default 0.</summary>
    public int SizeVariation { get; init; }

    /// <summary>The pause after each slice, in whole timer ticks; Toxiproxy writes it in microseconds. Default 0.</summary>
    public TimeSpan Delay { get; init; }

    /// <inheritdoc/>
    public override string Type => "slicer";

    internal override IEnumerable<string> Problems()
    {
        if (AverageSize < 1) yield return $"the average size is {AverageSize}; write 1 byte or more.";
        if (SizeVariation < 0 || SizeVariation >= Math.Max(1, AverageSize)) yield return $"the size variation is {SizeVariation}; write 0 or more, and less than the average size, {AverageSize}.";
        foreach (string problem in NotNegative("the delay", Delay)) yield return problem;
    }
}

/// <summary>The connection is closed once so many bytes got through. <c>limit_data</c></summary>
public sealed record LimitDataToxicConfig : ToxicConfig
{
    /// <summary>How many bytes.</summary>
    public long Bytes { get; init; }

    /// <inheritdoc/>
    public override string Type => "limit_data";

    internal override IEnumerable<string> Problems()
    {
        if (Bytes < 0) yield return $"the limit is {Bytes}; write 0 bytes or more.";
    }
}

/// <summary>
/// New connections are refused; open ones go on. MeshLab's; Toxiproxy's <c>down</c> closes the open ones too.
/// A sidecar's own listener stops listening, so that the client's kernel says <c>ECONNREFUSED</c>, where every connection is meant (toxicity 1); see docs/live/tcp.md.
/// </summary>
public sealed record RefuseToxicConfig : ToxicConfig
{
    /// <inheritdoc/>
    public override string Type => "refuse";

    internal override IEnumerable<string> Problems() => [];
}

/// <summary>
/// Nothing gets from <see cref="TcpFaultConfig.From"/> to <see cref="TcpFaultConfig.To"/>, nor back. Bytes are not lost, they come late:
/// TCP sends them again after 200 ms, doubling up to 120 s. New connections fail by their time-out.
/// </summary>
public sealed record PartitionConfig : ToxicConfig
{
    /// <summary>Whether the way back is open. Default false: two-way.</summary>
    public bool OneWay { get; init; }

    /// <inheritdoc/>
    public override string Type => "partition";

    internal override IEnumerable<string> Problems() => [];
}
