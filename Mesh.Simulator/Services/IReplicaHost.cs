namespace Mesh.Simulator.Services;

/// <summary>What a replica asks of the world it runs in. None of these calls back before it returns.</summary>
public interface IReplicaHost
{
    /// <summary>Call <see cref="Replica.WorkDone"/> at <paramref name="due"/> (ticks); replaces what was asked for this call before.</summary>
    void StartWork(ServerCall call, long due);

    /// <summary>Forget what <see cref="StartWork"/> asked for.</summary>
    void StopWork(ServerCall call);

    /// <summary>Call <see cref="Replica.BranchDone"/> after <paramref name="ticks"/>.</summary>
    void Sleep(ServerCall call, long ticks);

    /// <summary>Send a request through the sidecar, then call <see cref="Replica.BranchDone"/>.</summary>
    void Send(ServerCall call, CallModel target, ulong key);

    /// <summary>The answer. The call is over and may be used again.</summary>
    void Reply(ServerCall call, int status, long bytes, int grpcStatus = 0);
}
