namespace Mesh.Runtime.Proxy;

/// <summary>The one thing on the request path that the two worlds implement differently: the way to the endpoint and back.</summary>
public interface IUpstream
{
    /// <summary>
    /// Sends the attempt's request to its endpoint. Completes at the response's headers, or with what happened instead; never throws.
    /// </summary>
    /// <param name="attempt">
    /// The attempt. When the reply is not complete, the upstream calls <see cref="Attempt.Ended"/> once the body has arrived or broken off.
    /// </param>
    /// <param name="cancellation">
    /// Cancelled when the attempt is given up. Before headers: complete with <see cref="UpstreamReply.Cancelled"/>.
    /// After headers: drop the body and do not call <see cref="Attempt.Ended"/>.
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
