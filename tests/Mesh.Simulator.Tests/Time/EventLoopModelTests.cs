using CsCheck;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Time;

/// <summary>The loop against a sorted list, over random sequences of scheduling, cancelling, rescheduling and running.</summary>
public class EventLoopModelTests
{
    private enum Verb
    {
        Schedule,
        Cancel,
        Reschedule,
        Run,
    }

    private static readonly Gen<(Verb Verb, int Event, int Delay)[]> Operations = Gen.Select(
        Gen.Frequency((5, Gen.Const(Verb.Schedule)), (2, Gen.Const(Verb.Cancel)), (2, Gen.Const(Verb.Reschedule)), (1, Gen.Const(Verb.Run))),
        Gen.Int[0, 199],
        Gen.Int[0, 30]).Array[0, 600];

    [Fact]
    public void Loop_fires_what_a_sorted_list_would()
    {
        Operations.Sample(operations =>
        {
            var real = new RealLoop();
            var model = new Model();
            foreach (var (verb, e, delay) in operations)
            {
                real.Do(verb, e, delay);
                model.Do(verb, e, delay);
                Assert.Equal(model.Waiting.Count, real.Loop.Pending);
            }
            real.Do(Verb.Run, 0, 1000);
            model.Do(Verb.Run, 0, 1000);
            Assert.Equal(model.Fired, real.Fired);
            Assert.Equal(model.Now, real.Loop.Now);
            Assert.Equal(model.Fired.Count, real.Loop.Fired);
        }, iter: 500);
    }

    private sealed class RealLoop
    {
        private readonly CallbackEvent[] _events;

        public RealLoop() => _events = [.. Enumerable.Range(0, 200).Select(i => new CallbackEvent(() => Fired.Add((Loop.Now, i))))];

        public EventLoop Loop { get; } = new();

        public List<(long At, int Event)> Fired { get; } = [];

        public void Do(Verb verb, int e, int delay)
        {
            var target = _events[e];
            if (verb == Verb.Run)
                Loop.RunUntil(Loop.Now + delay);
            if (verb is Verb.Cancel or Verb.Reschedule)
                Loop.Cancel(target);
            if (verb is Verb.Schedule or Verb.Reschedule && !target.IsScheduled)
                Loop.ScheduleAfter(target, delay);
        }
    }

    private sealed class Model
    {
        private int _sequence;

        public long Now { get; private set; }

        public List<(long Due, int Sequence, int Event)> Waiting { get; } = [];

        public List<(long At, int Event)> Fired { get; } = [];

        public void Do(Verb verb, int e, int delay)
        {
            if (verb == Verb.Run)
                RunUntil(Now + delay);
            if (verb is Verb.Cancel or Verb.Reschedule)
                Waiting.RemoveAll(w => w.Event == e);
            if (verb is Verb.Schedule or Verb.Reschedule && !Waiting.Exists(w => w.Event == e))
                Waiting.Add((Now + delay, _sequence++, e));
        }

        private void RunUntil(long end)
        {
            Waiting.Sort();
            foreach (var w in Waiting.TakeWhile(w => w.Due <= end))
                Fired.Add((w.Due, w.Event));
            Waiting.RemoveAll(w => w.Due <= end);
            Now = end;
        }
    }
}
