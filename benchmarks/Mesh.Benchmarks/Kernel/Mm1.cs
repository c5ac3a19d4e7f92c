using Mesh.Reports.Trace;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Benchmarks.Kernel;

/// <summary>
/// M/M/1 as the product would run it: the event loop, distributions over keyed draws, and the trace hash (XxHash128 over 45 bytes)
/// of every arrival and departure. Two events a customer, plus one that is scheduled and cancelled when customers have deadlines.
/// </summary>
internal sealed class Mm1
{
    private readonly EventLoop _loop = new();
    private readonly KeyedRandom _random = new(1);
    private readonly TraceHasher _trace = new();
    private readonly Distribution _gap = Distribution.Create(new DistributionConfig { Mean = 1.25 });
    private readonly Distribution _work = Distribution.Create(new DistributionConfig { Mean = 1 });
    private readonly Queue<(long ArrivedAt, long Work)> _present = [];
    private readonly Queue<Deadline> _waiting = [];
    private readonly Stack<Deadline> _spare = [];
    private readonly Arrival _arrival;
    private readonly Departure _departure;
    private readonly bool _deadlines;
    private ulong _arrived;
    private ulong _served;
    private long _sojourn;
    private int _customers;

    public Mm1(bool deadlines)
    {
        _deadlines = deadlines;
        _arrival = new Arrival(this);
        _departure = new Departure(this);
    }

    public Mm1Result Run(int customers)
    {
        _customers = customers;
        var start = Environment.CpuUsage.TotalTime;
        _loop.Schedule(_arrival, 0);
        _loop.RunUntil(long.MaxValue);
        double seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        return new Mm1Result(customers, seconds, (double)_sojourn / TimeSpan.TicksPerSecond / customers);
    }

    private void Arrive()
    {
        ulong customer = _arrived++;
        Note(MeshEventKind.RequestStarted, customer);
        long gap = _gap.SampleTicks(_random.Bits(Concern.Arrival, customer));
        long work = _work.SampleTicks(_random.Bits(Concern.ServiceTime, customer));
        _present.Enqueue((_loop.Now, work));
        if (_deadlines)
            StartDeadline();
        if (_present.Count == 1)
            _loop.ScheduleAfter(_departure, work);
        _loop.ScheduleAfter(_arrival, gap);
    }

    private void Depart()
    {
        Note(MeshEventKind.RequestEnded, _served++);
        _sojourn += _loop.Now - _present.Dequeue().ArrivedAt;
        if (_deadlines)
            CancelDeadline();
        if (_present.Count > 0)
            _loop.ScheduleAfter(_departure, _present.Peek().Work);
        if (_served == (ulong)_customers)
            _loop.Stop();
    }

    private void StartDeadline()
    {
        var deadline = _spare.TryPop(out var spare) ? spare : new Deadline();
        _loop.ScheduleAfter(deadline, 1000 * TimeSpan.TicksPerSecond);
        _waiting.Enqueue(deadline);
    }

    private void CancelDeadline()
    {
        var deadline = _waiting.Dequeue();
        _loop.Cancel(deadline);
        _spare.Push(deadline);
    }

    private void Note(MeshEventKind kind, ulong customer) => _trace.On(new MeshEvent { At = _loop.Now, Kind = kind, Proxy = 0, Request = customer });

    private sealed class Arrival(Mm1 model) : SimEvent
    {
        protected internal override void Fire() => model.Arrive();
    }

    private sealed class Departure(Mm1 model) : SimEvent
    {
        protected internal override void Fire() => model.Depart();
    }

    /// <summary>When a customer would leave the queue: so far away that none does.</summary>
    private sealed class Deadline : SimEvent
    {
        protected internal override void Fire()
        {
        }
    }
}
