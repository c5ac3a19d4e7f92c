using Grpc.Core;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>Why a connection to the control plane failed, for people.</summary>
internal static class LinkReason
{
    public static string Of(Exception error, ControlPlaneWay way) => Sentence(error switch
    {
        RpcException { Status.DebugException: { } cause } => $"the control plane at {way.Address} cannot be reached: {Innermost(cause)}",
        RpcException { Status.Detail: { Length: > 0 } detail } => $"the control plane at {way.Address} says: {detail}",
        OperationCanceledException => $"the control plane at {way.Address} has gone silent",
        _ => $"the connection to the control plane at {way.Address} broke: {Innermost(error)}",
    });

    /// <summary>What others say may end without a full stop, and a sentence follows.</summary>
    private static string Sentence(string text) => text.EndsWith('.') ? text : $"{text}.";

    private static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner) error = inner;
        return error.Message;
    }
}
