using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults;

/// <summary>What the faults in force do to one request. All of it unset: nothing.</summary>
public readonly struct FaultDecision
{
    /// <summary>Ticks that the request waits first.</summary>
    public long Delay { get; init; }

    /// <summary>The answer in the service's place, after <see cref="Delay"/>; <c>null</c> lets the request pass.</summary>
    public FaultAbort? Abort { get; init; }

    /// <summary>What happens to the response's body; <c>null</c> for nothing.</summary>
    public BodyFault? Body { get; init; }

    /// <summary>The places under <see cref="FaultConfig.MaxActive"/> that the request takes until it is over.</summary>
    internal FaultHold? Held { get; init; }

    /// <summary>Whether the request goes on as if there were no faults: one that takes a place has to give it back.</summary>
    public bool IsNothing => Delay == 0 && Abort is null && Body is null && Held is null;
}

/// <summary>A request's places under the bounds of faults. Made only for faults that have a bound.</summary>
internal sealed class FaultHold(ActiveFault fault, FaultHold? next)
{
    /// <summary>The request is over.</summary>
    public void Release()
    {
        for (var hold = this; hold is not null; hold = hold.Next) hold.Fault.Leave();
    }

    private ActiveFault Fault => fault;

    private FaultHold? Next => next;
}
