using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// HTTP/1.1 and HTTP/2 in plain text on one port, told apart by the first bytes (RFC 9113, 3.3), as Envoy and Linkerd do. Kestrel chooses HTTP/2 only where TLS has negotiated it,
/// or on a listener that speaks nothing else; so a connection that begins with HTTP/2's preface is handed over to such a listener (<see cref="HandOver"/>).
/// </summary>
public static class Http2PriorKnowledge
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0"u8.ToArray();

    /// <summary>Connections go on, or are handed over.</summary>
    /// <param name="next">The listener's own protocol.</param>
    /// <param name="http2">The way to a listener of the same server that speaks HTTP/2 alone, bound at <see cref="HandOver.Address"/>.</param>
    /// <param name="time">Bounds the wait for a client's first bytes.</param>
    /// <param name="patience">How long a client may be silent after it has connected; then the connection is closed. Default 130 s, as long as Kestrel keeps a connection without requests.</param>
    public static ConnectionDelegate Middleware(ConnectionDelegate next, HandOver http2, TimeProvider time, TimeSpan? patience = null) => async connection =>
    {
        bool? known = connection.Features.Get<ITlsConnectionFeature>() is null ? await IsHttp2Async(connection, time, patience ?? TimeSpan.FromSeconds(130)).ConfigureAwait(false) : false;
        if (known == true) await http2.TakeAsync(connection).ConfigureAwait(false);
        else if (known == false) await next(connection).ConfigureAwait(false);
    };

    /// <summary>Looks at the first bytes, and leaves them where they are; <c>null</c> where none came, and nobody waits for them any more.</summary>
    private static async Task<bool?> IsHttp2Async(ConnectionContext connection, TimeProvider time, TimeSpan patience)
    {
        using var patient = new CancellationTokenSource(patience, time);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patient.Token, stopping);
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(either.Token).ConfigureAwait(false);
                bool? known = Judge(read.Buffer);
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, known is null ? read.Buffer.End : read.Buffer.Start);
                if (known is { } http2) return http2;
                if (read.IsCompleted) return false;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Whether the bytes begin with the preface; <c>null</c> while that cannot be told.</summary>
    private static bool? Judge(in ReadOnlySequence<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Preface.Length);
        if (count == 0) return null;
        Span<byte> first = stackalloc byte[count];
        buffer.Slice(0, count).CopyTo(first);
        if (!first.SequenceEqual(Preface.AsSpan(0, count))) return false;
        return count == Preface.Length ? true : null;
    }
}
