namespace Mesh.Runtime.Proxy;

/// <summary>The one thing on the request path that the two worlds implement differently: the way to the endpoint and back.</summary>
public interface IUpstream
{
    /// <summary>
    /// Sends the attempt's request to its endpoint. Completes at the response's headers, or with what happened instead; never throws.
    /// </summary>
    /// <param name="attempt">
    /// The attempt, which is the upstream's to look at until it has replied; when its reply is not complete, until it calls <see cref="Attempt.Ended"/>, which it does once, after the body has arrived or broken off.
    /// Hedges share the request, so that the number is the attempt's own (<see cref="Attempt.Number"/>). Nobody reads the body of a mirrored copy's answer (<see cref="MeshRequest.IsMirrored"/>): the upstream does, or drops it.
    /// </param>
    /// <param name="cancellation">
    /// Cancelled when the attempt is given up. Before headers: complete with <see cref="UpstreamReply.Cancelled"/>.
    /// After headers: drop the body, and the response where there is one (<see cref="Attempt.Response"/>).
    /// <see cref="Attempt.Ended"/> then says only that the upstream has let go of the attempt: it may be called at any time later, whatever its arguments, and until it is the attempt is not used again.
    /// </param>
    ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation);
}

/// <summary>The application behind an inbound pipeline.</summary>
public interface IApplication
{
    /// <summary>Answers a request. Never throws.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Cancelled when the caller has given up.</param>
    ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation);
}
