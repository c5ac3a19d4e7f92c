using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// Copies of requests, sent and forgotten: one attempt each, without retry or hedge. Whatever becomes of them, the answer to the original is the same.
/// They are no requests of anybody's, so that only their attempts are reported.
/// </summary>
internal static class Mirroring
{
    /// <summary>Sends a copy of a request to a service.</summary>
    /// <param name="original">The request's exchange.</param>
    /// <param name="target">The service that gets the copy.</param>
    /// <param name="targetClass">The copy's class: the same path of that service.</param>
    /// <param name="subset">The version or subset; <c>null</c> for any.</param>
    public static void Send(Exchange original, ServiceState target, RequestClass targetClass, string? subset)
    {
        var plane = original.Pipeline.Plane;
        var request = original.Request;
        original.Report(MeshEventKind.Mirrored, plane.Now, 0, ResponseFlags.None, 0);
        var copy = plane.Exchanges.Get().Begin(original.Pipeline, new MeshRequest
        {
            Class = targetClass,
            Method = request.Method,
            Authority = request.Authority,
            Port = request.Port,
            Query = request.Query,
            Headers = request.Headers,
            Token = request.Token,
            RemoteAddress = request.RemoteAddress,
            BodyBytes = request.BodyBytes,
            Body = request.Body,
            Message = request.Message,
            Key = plane.Random.Bits(Concern.Mirror, request.Key, 0, 1),
            Deadline = request.Deadline,
            IntendedStart = plane.Now,
            CallerIdentity = request.CallerIdentity,
            IsMirrored = true,
        }, CancellationToken.None);
        copy.Service = target;
        copy.Route = original.Route;
        copy.Subset = subset;
        copy.SetDeadline(plane.Now);
        _ = RunAsync(copy);
    }

    private static async Task RunAsync(Exchange copy)
    {
        var plane = copy.Pipeline.Plane;
        await copy.Pipeline.AttemptAsync(copy).ConfigureAwait(false);
        if (copy.Unfinished is { } body) body.HandOver();   // it runs to its end, and nobody will ask for that
        else plane.Exchanges.Return(copy);
    }
}
