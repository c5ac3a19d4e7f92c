using System.Net;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>
/// Sends each piece of a request's body on when it comes. Clients gather small pieces until a buffer is full, and YARP flushes them for gRPC alone; a body whose length nobody knows may be one half of a conversation.
/// </summary>
internal sealed class PromptBodies(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content && !content.Headers.NonValidated.Contains("Content-Length")) request.Content = new PromptContent(content);
        return base.SendAsync(request, cancellationToken);
    }

    private sealed class PromptContent : HttpContent
    {
        private readonly HttpContent _inner;

        public PromptContent(HttpContent inner)
        {
            _inner = inner;
            foreach (var header in inner.Headers.NonValidated) Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _inner.CopyToAsync(new BodyIntake(async (bytes, cancellation) =>
            {
                await stream.WriteAsync(bytes, cancellation).ConfigureAwait(false);
                await stream.FlushAsync(cancellation).ConfigureAwait(false);
            }, stream.FlushAsync), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
