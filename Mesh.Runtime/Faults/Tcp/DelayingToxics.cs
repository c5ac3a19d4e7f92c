using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>Each chunk leaves its delay after it came, and not before the one before it.</summary>
internal sealed class LatencyToxic(LatencyToxicConfig config) : Toxic
{
    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws) =>
        new(ToxicAction.Deliver, bytes, at + Math.Max(0, config.Latency.Ticks + draws.Around(config.Jitter.Ticks)));
}

/// <summary>Bytes leave at a rate, in slices of at most 100 ms. An idle stream saves nothing up.</summary>
internal sealed class BandwidthToxic(BandwidthToxicConfig config) : Toxic
{
    private long _free;

    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws)
    {
        if (config.BytesPerSecond == 0) return new ToxicVerdict(ToxicAction.Deliver, bytes, at);
        int slice = (int)Math.Clamp(config.BytesPerSecond / 10, 1, bytes);
        _free = Math.Max(_free, at) + (long)((double)slice / config.BytesPerSecond * TimeSpan.TicksPerSecond);
        return new ToxicVerdict(ToxicAction.Deliver, slice, _free);
    }
}

/// <summary>The end of the stream leaves late.</summary>
internal sealed class SlowCloseToxic(SlowCloseToxicConfig config) : Toxic
{
    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws) => new(ToxicAction.Deliver, bytes, at);

    public override ToxicVerdict OnEnd(long at) => new(ToxicAction.Deliver, 0, at + config.Delay.Ticks);
}

/// <summary>What is sent meanwhile gets through with the first retransmission after the partition.</summary>
internal sealed class PartitionToxic(long ends) : Toxic
{
    private const long FirstRetransmission = 200 * TimeSpan.TicksPerMillisecond;
    private const long LongestRetransmission = 120 * TimeSpan.TicksPerSecond;   // Linux: TCP_RTO_MAX

    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws) => new(ToxicAction.Deliver, bytes, Through(at));

    public override ToxicVerdict OnEnd(long at) => new(ToxicAction.Deliver, 0, Through(at));

    private long Through(long at)
    {
        for (long wait = FirstRetransmission; at < ends; wait = Math.Min(wait * 2, LongestRetransmission)) at += wait;
        return at;
    }
}
