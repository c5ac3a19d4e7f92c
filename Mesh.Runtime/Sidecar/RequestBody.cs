using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>The body of a request that does not say how long it is, or is a gRPC call's, as it comes from the client: counted on its way, never kept.</summary>
internal sealed class RequestBody : Stream
{
    private readonly Stream _inner;
    private readonly bool _isGrpc;
    private GrpcMessageCount _messages;

    private RequestBody(Stream inner, bool isGrpc) => (_inner, _isGrpc) = (inner, isGrpc);

    /// <summary>Bytes that came.</summary>
    public long Received { get; private set; }

    /// <summary>Messages of a gRPC call that came.</summary>
    public long Messages => _messages.Messages;

    /// <summary>Puts itself before a request's body, where that tells something that its head does not.</summary>
    public static void Install(HttpContext context)
    {
        var request = context.Request;
        bool isGrpc = GrpcHeaders.IsGrpc(request.ContentType);
        if (!isGrpc && (request.ContentLength is not null || request.Method == HttpMethods.Connect)) return;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true } || context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }) return;
        var body = new RequestBody(request.Body, isGrpc);
        request.Body = body;
        context.Features.Set(body);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Received += count;
        if (_isGrpc) _messages.Add(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are read asynchronously");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
