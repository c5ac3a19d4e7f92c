using Akka.Actor;

namespace Mesh.Runtime.ControlPlane;

/// <summary>Which services there are and where their endpoints listen: what providers of discovery report, by its rules, and what a host that knows says itself.</summary>
/// <remarks>What it knows outlives it (<see cref="Registry"/>): a restart forgets no endpoint.</remarks>
internal sealed class RegistryActor : ReceiveActor
{
    private readonly Registry _registry;
    private readonly TimeProvider _time;
    private ICancelable? _timer;

    public RegistryActor(Registry registry, TimeProvider time)
    {
        (_registry, _time) = (registry, time);
        Receive<EndpointsObserved>(message => Publish(_registry.Observe(message.Services)));
        Receive<DiscoveryAvailable>(_ => Publish(_registry.Take(Now)));
        Receive<RegistryWanted>(_ => Publish(_registry.Known));
        Receive<RegistryStatusWanted>(message => message.Reply(_registry.Status(Now)));
    }

    public static Props Props(Registry registry, TimeProvider time) => Akka.Actor.Props.Create(() => new RegistryActor(registry, time));

    private long Now => _time.GetElapsedTime(0).Ticks;

    protected override void PostStop() => _timer?.Cancel();

    private void Publish(IReadOnlyList<ServiceEndpoints> services)
    {
        if (services.Count > 0) Context.Parent.Tell(new RegistryChanged(services));
        _timer?.Cancel();
        _timer = null;
        long due = _registry.NextDue(Now);
        if (due == long.MaxValue) return;
        var wait = TimeSpan.FromTicks(Math.Max(due - Now, TimeSpan.TicksPerMillisecond));
        _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(wait, Self, DiscoveryAvailable.Instance, ActorRefs.NoSender);
    }
}
