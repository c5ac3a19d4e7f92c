using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>The response's body as the client gets it: counted, and with what a fault of the site <c>server</c> does to it.</summary>
internal sealed class ResponseBody : Stream, IHttpResponseBodyFeature
{
    private readonly HttpContext _context;
    private readonly IHttpResponseBodyFeature _inner;
    private readonly Stream _stream;
    private readonly DataPlane _plane;
    private readonly bool _isGrpc;
    private GrpcMessageCount _messages;
    private PipeWriter? _writer;
    private BodyPacer? _pacer;
    private bool _framed;

    private ResponseBody(HttpContext context, IHttpResponseBodyFeature inner, DataPlane plane) =>
        (_context, _inner, _stream, _plane, _isGrpc) = (context, inner, inner.Stream, plane, GrpcHeaders.IsGrpc(context.Request.ContentType));

    /// <summary>Bytes sent to the client.</summary>
    public long Sent { get; private set; }

    /// <summary>Messages of a gRPC call sent to the client.</summary>
    public long Messages => _messages.Messages;

    /// <summary>Whether a fault has cut the body off.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The fault, once it is known.</summary>
    public BodyFault? Fault { get; set; }

    Stream IHttpResponseBodyFeature.Stream => this;

    PipeWriter IHttpResponseBodyFeature.Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    /// <summary>Puts itself before a response's body.</summary>
    public static ResponseBody Install(HttpContext context, DataPlane plane)
    {
        var body = new ResponseBody(context, context.Features.Get<IHttpResponseBodyFeature>()!, plane);
        context.Features.Set(body);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        return body;
    }

    /// <summary>Frames the body itself, in chunks, so that trailers can follow: on HTTP/1.1 Kestrel sends none.</summary>
    public void Frame()
    {
        _context.Response.Headers.TransferEncoding = "chunked";   // by which Kestrel leaves the framing to whoever said so
        _framed = true;
    }

    /// <summary>The body is whole: where it is framed here, its last chunk and the trailers go out.</summary>
    public async ValueTask EndAsync(HttpResponseHeaders trailers, CancellationToken cancellation)
    {
        if (!_framed) return;
        var end = new StringBuilder("0\r\n");
        foreach (var trailer in trailers.NonValidated)
        {
            foreach (string value in trailer.Value) end.Append(trailer.Key).Append(": ").Append(value).Append("\r\n");
        }
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(end.Append("\r\n").ToString()), cancellation).ConfigureAwait(false);
    }

    void IHttpResponseBodyFeature.DisableBuffering() => _inner.DisableBuffering();

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => _inner.StartAsync(cancellationToken);

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

    Task IHttpResponseBodyFeature.CompleteAsync() => _inner.CompleteAsync();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Fault is not null) return WriteUnderFaultAsync(buffer, cancellationToken);
        Sent += buffer.Length;
        return PutAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are written asynchronously");

    public override Task FlushAsync(CancellationToken cancellationToken) => _stream.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException("bodies are written asynchronously");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask WriteUnderFaultAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        _pacer ??= new BodyPacer(Fault!, _context.Response.ContentLength, _plane.Now);
        while (buffer.Length > 0)
        {
            int allowed = _pacer.Allowed(buffer.Length);
            if (allowed == 0)
            {
                await _stream.FlushAsync(cancellation).ConfigureAwait(false);
                await _plane.WaitAsync(BodyPacer.TimeToLeave, cancellation).ConfigureAwait(false);
                WasCut = true;
                _context.Abort();
                throw new IOException("the response was cut off by a fault");
            }
            byte[] piece = buffer[..allowed].ToArray();
            long wait = _pacer.Pass(piece, _plane.Now);
            if (wait > 0) await _plane.WaitAsync(wait, cancellation).ConfigureAwait(false);
            await PutAsync(piece, cancellation).ConfigureAwait(false);
            await _stream.FlushAsync(cancellation).ConfigureAwait(false);
            Sent += allowed;
            buffer = buffer[allowed..];
        }
    }

    private ValueTask PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_isGrpc) _messages.Add(bytes.Span);
        return !_framed ? _stream.WriteAsync(bytes, cancellation) : bytes.IsEmpty ? default : PutChunkAsync(bytes, cancellation);
    }

    private async ValueTask PutChunkAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(bytes.Length + 16);
        try
        {
            bytes.Length.TryFormat(chunk, out int length, "x", CultureInfo.InvariantCulture);
            "\r\n"u8.CopyTo(chunk.AsSpan(length));
            bytes.CopyTo(chunk.AsMemory(length + 2));
            "\r\n"u8.CopyTo(chunk.AsSpan(length + 2 + bytes.Length));
            await _stream.WriteAsync(chunk.AsMemory(0, length + bytes.Length + 4), cancellation).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
