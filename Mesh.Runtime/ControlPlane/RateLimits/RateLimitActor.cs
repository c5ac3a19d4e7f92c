using Akka.Actor;

namespace Mesh.Runtime.ControlPlane.RateLimits;

/// <summary>Counts for the global rate limits: sidecars of one service take tokens of the same buckets.</summary>
/// <remarks>What was taken outlives it (<see cref="ServiceLimits"/>): a restart gives no token twice. A new process begins with full buckets.</remarks>
internal sealed class RateLimitActor : ReceiveActor
{
    public RateLimitActor(ServiceLimits limits, TimeProvider time)
    {
        Receive<ConfigurationChanged>(message => limits.Configure(message.Mesh));
        Receive<TokensWanted>(message =>
        {
            long now = time.GetElapsedTime(0).Ticks;
            message.Reply([.. message.Hits.Select(hits => limits.Take(message.Service, hits, now))]);
        });
    }

    public static Props Props(ServiceLimits limits, TimeProvider time) => Akka.Actor.Props.Create(() => new RateLimitActor(limits, time));
}

/// <summary>A sidecar asks for tokens.</summary>
/// <param name="Service">The service that it stands before.</param>
/// <param name="Hits">The requests that met it since it last asked.</param>
/// <param name="Reply">Told what became of each, in their order. Runs in an actor: it must not wait.</param>
internal sealed record TokensWanted(string Service, IReadOnlyList<LimitHits> Hits, Action<IReadOnlyList<LimitGrant>> Reply);
