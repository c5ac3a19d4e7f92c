using Mesh.Runtime.Proxy;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>A request inside a live replica: the timer of its own work, and the answer that its front waits for.</summary>
internal sealed class LiveCall : PreciseTimer
{
    private readonly LiveReplica _replica;
    private readonly TaskCompletionSource<LiveReply> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LiveCall(LiveReplica replica, in LiveCallHead head)
    {
        _replica = replica;
        Head = head;
        Server = new ServerCall { Host = this };
    }

    /// <summary>What its headers say.</summary>
    public LiveCallHead Head { get; }

    /// <summary>What the state machine knows of it.</summary>
    public ServerCall Server { get; }

    /// <summary>Whether work for it is under way; written under the replica's lock.</summary>
    public volatile bool IsWorking;

    /// <summary>The answer.</summary>
    public Task<LiveReply> Answer => _answer.Task;

    public void Reply(in LiveReply reply) => _answer.TrySetResult(reply);

    public override void Elapse() => _replica.WorkDone(this);

    /// <summary>Burns the processor for it, on this thread.</summary>
    public void Burn()
    {
        CpuWork.Burn(Server.Demand, () => !IsWorking);
        _replica.WorkDone(this);
    }

    public void Abandon() => _replica.Abandon(this);
}

/// <summary>What a request says of itself to the synthetic service.</summary>
internal readonly record struct LiveCallHead
{
    /// <summary>The path, by which the service finds what to do.</summary>
    public required string Path { get; init; }

    /// <summary>The key of its draws.</summary>
    public required ulong Key { get; init; }

    /// <summary>The attempt's number, from 0.</summary>
    public int Attempt { get; init; }

    /// <summary>When the client gives up, in ticks, as far as it said so.</summary>
    public long Deadline { get; init; }

    /// <summary>Headers that calls made for it carry on (<see cref="MeshHeaders.PassedOn"/>).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> PassedOn { get; init; }

    /// <summary>Cancelled when the client went away.</summary>
    public CancellationToken Aborted { get; init; }
}

/// <summary>What a synthetic service answers.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="GrpcStatus">The gRPC status; 0 is OK, or no gRPC.</param>
/// <param name="Bytes">Bytes of the body.</param>
/// <param name="DemandTicks">Ticks of the service's own work that the request needed; 0 where it was answered without.</param>
internal readonly record struct LiveReply(int Status, int GrpcStatus, long Bytes, long DemandTicks);
