using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Network;

/// <summary>
/// One direction of the network between two zones, or inside one. Messages share its bandwidth first come, first served;
/// each has a latency of its own. A lost message is sent again after 200 ms, then 400 ms and so on (Linux TCP's initial retransmission time-out):
/// it comes late, it never vanishes.
/// </summary>
internal sealed class Link(LinkConfig config, KeyedRandom random)
{
    private const long InitialRetransmission = 200 * TimeSpan.TicksPerMillisecond;
    private const int MostRetransmissions = 15;   // Linux: net.ipv4.tcp_retries2

    private readonly Distribution _latency = Distribution.Create(config.Latency);
    private readonly double _ticksPerByte = config.BitsPerSecond is { } rate ? 8 * TimeSpan.TicksPerSecond / rate : 0;
    private readonly double _loss = config.Loss;
    private long _free;

    /// <summary>Sends a message now.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="bytes">The body's size; headers are not counted.</param>
    /// <param name="concern">Which message of the exchange it is.</param>
    /// <param name="key">The request's key.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="index">The message's number under the same concern.</param>
    /// <returns>When its first and its last byte arrive, in ticks.</returns>
    public (long First, long Last) Send(long now, long bytes, Concern concern, ulong key, int attempt, int index = 0)
    {
        long start = now, transmission = 0;
        if (_ticksPerByte > 0 && bytes > 0)
        {
            start = Math.Max(now, _free);
            transmission = (long)Math.Ceiling(bytes * _ticksPerByte);
            _free = start + transmission;
        }
        long first = start + Latency(concern, key, attempt, index);
        return (first, first + transmission);
    }

    private long Latency(Concern concern, ulong key, int attempt, int index)
    {
        long latency = _latency.SampleTicks(random.Bits(concern, key, attempt, index));
        if (_loss == 0) return latency;
        int lossIndex = (int)concern << 16 | index << 8;
        long wait = InitialRetransmission;
        for (int i = 0; i < MostRetransmissions && random.Unit(Concern.Loss, key, attempt, lossIndex + i) < _loss; i++, wait *= 2) latency += wait;
        return latency;
    }
}
