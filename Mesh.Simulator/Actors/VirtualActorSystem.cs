using Akka.Actor;
using Akka.Configuration;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Actors;

/// <summary>
/// Akka in a virtual world. Each message is an event of the loop, so actors run on its thread, in virtual time and in an order that repeats.
/// </summary>
/// <remarks>
/// Two things of Akka's do not follow virtual time, and actors of a mesh use neither: <c>Ask</c>, which waits by the process clock and answers on the thread pool,
/// and supervision that counts restarts within a time range, which reads the process clock. Limit restarts by number, or not at all.
/// </remarks>
internal sealed class VirtualActorSystem : IDisposable
{
    private static readonly Config Settings = ConfigurationFactory.ParseString($$"""
        akka.loggers = []
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        akka.scheduler.implementation = "{{NameOf<VirtualScheduler>()}}"
        akka.actor.default-dispatcher.type = "{{NameOf<VirtualDispatcherConfigurator>()}}"
        akka.actor.internal-dispatcher.type = "{{NameOf<VirtualDispatcherConfigurator>()}}"
        akka.actor.default-blocking-io-dispatcher.type = "{{NameOf<VirtualDispatcherConfigurator>()}}"
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.coordinated-shutdown.terminate-actor-system = off
        """);

    private readonly EventLoop _loop;
    private bool _terminated;

    private VirtualActorSystem(EventLoop loop, ActorSystem system)
    {
        _loop = loop;
        System = system;
    }

    /// <summary>The actor system. It starts up in the first events of the loop.</summary>
    public ActorSystem System { get; }

    /// <summary>An actor system that lives in the loop, and shares nothing with any other.</summary>
    public static VirtualActorSystem Create(EventLoop loop, string name) =>
        new(loop, VirtualScheduler.Building(loop, () => ActorSystem.Create(name, Settings)));

    /// <summary>
    /// Stops all actors, by firing the events that are due now; to be called between runs of the loop. What the scheduler still holds never happens.
    /// </summary>
    public void Dispose()
    {
        if (_terminated)
            return;
        _terminated = true;
        // Akka completes this task on the thread pool, where nobody waits for it; that the guardians are gone is what counts.
        _ = System.Terminate();
        _loop.RunUntil(_loop.Now);
        ((VirtualScheduler)System.Scheduler).Close();
        if (!((ExtendedActorSystem)System).Provider.TerminationTask.IsCompleted)
            throw new InvalidOperationException($"Actor system {System.Name} has actors that take virtual time to stop.");
    }

    private static string NameOf<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
