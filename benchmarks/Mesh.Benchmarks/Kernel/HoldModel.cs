using Mesh.Runtime.Randomness;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Benchmarks.Kernel;

/// <summary>
/// The hold model: a fixed number of events waits, and each that fires schedules itself again after an exponential time.
/// The times are drawn beforehand and used in turn, so what is measured is the loop.
/// </summary>
internal sealed class HoldModel
{
    private const int Fires = 4_000_000;
    private readonly EventLoop _loop = new();
    private readonly long[] _delays = Delays();
    private int _next;

    private HoldModel(int pending)
    {
        for (int i = 0; i < pending; i++)
            Schedule(new Hold(this));
    }

    /// <summary>Events per second.</summary>
    public static Spread Measure(int pending, int repeats)
    {
        Console.Error.WriteLine($"Hold model, {pending:N0} events");
        var model = new HoldModel(pending);
        model.Rate();   // until no order is left of the way in which they were scheduled
        return Spread.Of(Enumerable.Range(0, repeats).Select(_ => model.Rate()));
    }

    private double Rate()
    {
        long fired = _loop.Fired;
        var start = Environment.CpuUsage.TotalTime;
        while (_loop.Fired < fired + Fires)
            _loop.RunUntil(_loop.Now + (TimeSpan.TicksPerSecond / 50));
        return (_loop.Fired - fired) / (Environment.CpuUsage.TotalTime - start).TotalSeconds;
    }

    private void Schedule(Hold hold) => _loop.ScheduleAfter(hold, _delays[_next++ & (_delays.Length - 1)]);

    private static long[] Delays()
    {
        var random = new KeyedRandom(1);
        var exponential = Distribution.Create(new DistributionConfig { Mean = 1 });
        return [.. Enumerable.Range(0, 1 << 16).Select(i => exponential.SampleTicks(random.Bits(Concern.Arrival, (ulong)i)))];
    }

    private sealed class Hold(HoldModel model) : SimEvent
    {
        protected internal override void Fire() => model.Schedule(this);
    }
}
