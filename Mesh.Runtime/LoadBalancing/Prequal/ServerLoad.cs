namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>
/// The callee's side of Prequal: requests in flight, and the latency of recent requests that had met about as many on arrival.
/// Nothing is kept of latencies before the first probe, so that only meshes that probe pay.
/// </summary>
internal sealed class ServerLoad
{
    private const int Remembered = 64;
    private const long Recent = 5 * TimeSpan.TicksPerSecond;
    private readonly Lock _lock = new();
    private Finished[]? _finished;
    private int _next;
    private int _count;
    private int _inFlight;

    /// <summary>A request arrives.</summary>
    /// <returns>How many were there before it, to be handed to <see cref="Leave"/>.</returns>
    public int Enter() => Interlocked.Increment(ref _inFlight) - 1;

    /// <summary>A request is answered.</summary>
    /// <param name="met">How many it met on arrival.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="latency">Ticks since it arrived.</param>
    public void Leave(int met, long now, long latency)
    {
        Interlocked.Decrement(ref _inFlight);
        if (_finished is null) return;
        lock (_lock)
        {
            _finished[_next] = new Finished(met, now, latency);
            _next = (_next + 1) % Remembered;
            _count = Math.Min(_count + 1, Remembered);
        }
    }

    /// <summary>Requests in flight, and the median latency of the recent requests whose number on arrival was nearest to it; 0 where none is recent.</summary>
    public ProbeReport Report(long now)
    {
        lock (_lock)
        {
            _finished ??= new Finished[Remembered];
            int inFlight = Volatile.Read(ref _inFlight), distance = int.MaxValue, count = 0;
            Span<long> latencies = stackalloc long[Remembered];
            foreach (ref readonly var one in _finished.AsSpan(0, _count))
            {
                int apart = Math.Abs(one.Met - inFlight);
                if (now - one.At > Recent || apart > distance) continue;
                if (apart < distance) (distance, count) = (apart, 0);
                latencies[count++] = one.Latency;
            }
            if (count == 0) return new ProbeReport(inFlight, 0);
            latencies[..count].Sort();
            return new ProbeReport(inFlight, latencies[count / 2]);
        }
    }

    private readonly record struct Finished(int Met, long At, long Latency);
}
