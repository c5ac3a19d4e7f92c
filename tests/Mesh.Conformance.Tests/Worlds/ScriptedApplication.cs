using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Services;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>Plays a behaviour behind the virtual network.</summary>
internal sealed class ScriptedApplication(Script script, int replica, TimeProvider time) : IApplication
{
    public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        var answer = script.Next(replica);
        if (answer.BodyTakes > TimeSpan.Zero)
        {
            request.BodyFault = new BodyFault { BytesPerSecond = answer.Bytes / answer.BodyTakes.TotalSeconds, TruncateAfter = answer.End == AnswerEnd.ResetInBody ? 0.5 : null };
        }
        return answer.HeadersAfter == TimeSpan.Zero ? new(Reply(answer)) : LateAsync(answer);
    }

    private async ValueTask<UpstreamReply> LateAsync(Answer answer)
    {
        await Task.Delay(answer.HeadersAfter, time, CancellationToken.None);
        return Reply(answer);
    }

    private static UpstreamReply Reply(Answer answer) => answer.End is AnswerEnd.ResetBeforeHeaders or AnswerEnd.ClosedBeforeHeaders
        ? VirtualReplica.Broken
        : new UpstreamReply(answer.Status, ResponseFlags.None, answer.Bytes, Complete: true) { RetryAfter = answer.RetryAfter * TimeSpan.TicksPerSecond };
}
