using System.IO.Hashing;
using System.Text;
using Akka.Actor;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Actors;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Actors;

/// <summary>200 actors that send to each other, set timers, fail and are restarted, and wait in the middle of a message.</summary>
public class ActorDeterminismTests
{
    private const int Actors = 200;

    [Fact]
    public void Same_seed_gives_the_same_order_of_messages_and_another_seed_another()
    {
        var first = Run(seed: 1);
        Assert.Equal(first, Run(seed: 1));
        Assert.NotEqual(first.Hash, Run(seed: 2).Hash);
        Assert.True(first.Messages > 10_000, $"Only {first.Messages} messages.");
        Assert.True(first.Restarts > 100, $"Only {first.Restarts} restarts.");
        Assert.True(first.Awaited > 100, $"Only {first.Awaited} awaited.");
    }

    [Fact]
    public void Worlds_that_run_at_the_same_time_do_not_disturb_each_other()
    {
        var alone = Run(seed: 3);
        var together = new Result[4];
        var threads = Enumerable.Range(0, together.Length).Select(i => new Thread(() => together[i] = Run(seed: 3))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(together, result => Assert.Equal(alone, result));
    }

    private static Result Run(ulong seed)
    {
        var world = new ChatteringWorld(seed);
        using var system = VirtualActorSystem.Create(world.Loop, "chatter");
        var parent = system.System.ActorOf(Props.Create(() => new Parent(world)), "parent");
        world.Loop.RunUntil(20 * TimeSpan.TicksPerSecond);
        return new Result(world.Hash.GetCurrentHashAsUInt64(), world.Messages, world.Restarts, world.Awaited);
    }

    private readonly record struct Result(ulong Hash, int Messages, int Restarts, int Awaited);

    private sealed class ChatteringWorld(ulong seed)
    {
        public EventLoop Loop { get; } = new();

        public KeyedRandom Random { get; } = new(seed);

        public XxHash3 Hash { get; } = new();

        public int Messages { get; private set; }

        public int Restarts { get; set; }

        public int Awaited { get; set; }

        public void Note(int actor, object message)
        {
            Loop.AssertOnThread();
            Messages++;
            Hash.Append(Encoding.UTF8.GetBytes($"{Loop.Now} {actor} {message}\n"));
        }

        public ulong Draw() => Random.Bits(Concern.ControlPlane, (ulong)Messages);
    }

    private sealed class Parent : UntypedActor
    {
        public Parent(ChatteringWorld world)
        {
            for (int i = 0; i < Actors; i++)
            {
                int id = i;
                Context.ActorOf(Props.Create(() => new Chatterer(world, id)), $"child-{id}");
            }
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class Chatterer : ReceiveActor, IWithTimers
    {
        private readonly ChatteringWorld _world;
        private readonly int _id;

        public Chatterer(ChatteringWorld world, int id)
        {
            (_world, _id) = (world, id);
            Receive<string>(Tick);
            Receive<int>(Hop);
            ReceiveAsync<TimeSpan>(WaitAsync);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() =>
            Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromMilliseconds(100 + _id), TimeSpan.FromMilliseconds(500));

        protected override void PostRestart(Exception reason)
        {
            _world.Restarts++;
            base.PostRestart(reason);
        }

        private void Tick(string tick)
        {
            _world.Note(_id, tick);
            Sibling().Tell(3);
            if (_world.Draw() % 50 == 0)
                throw new InvalidOperationException("A restart is due.");
        }

        private void Hop(int hops)
        {
            _world.Note(_id, hops);
            if (hops > 0)
                Sibling().Tell(hops - 1);
            else
                Sibling().Tell(TimeSpan.FromMilliseconds(_world.Draw() % 20));
        }

        private async Task WaitAsync(TimeSpan wait)
        {
            _world.Note(_id, wait);
            await Task.Delay(wait, new VirtualTimeProvider(_world.Loop));
            _world.Note(_id, "awaited");
            _world.Awaited++;
        }

        private ActorSelection Sibling() => Context.ActorSelection($"../child-{_world.Draw() % Actors}");
    }
}
