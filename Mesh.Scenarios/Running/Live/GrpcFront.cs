using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Mesh.Scenarios.Running.Live.Grpc;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The gRPC side of a synthetic service: a unary method at every path of its scenario, and <c>meshlab.synthetic.v1.Synthetic</c> with a method of each kind.</summary>
internal sealed class GrpcFront(ServiceFront front) : Synthetic.SyntheticBase
{
    /// <summary>Largest message taken.</summary>
    public const int LargestMessage = 64 << 20;

    /// <summary>Any path. The answer is a message with one field that no schema knows, so that every client's schema can read it.</summary>
    public async Task<byte[]> AnyAsync(ServerCallContext context)
    {
        var reply = await HandleAsync(context).ConfigureAwait(false);
        return GrpcPadding.Message(Math.Min(reply.Bytes, LargestMessage));
    }

    public override async Task<SyntheticReply> Unary(SyntheticRequest request, ServerCallContext context)
    {
        var reply = await HandleAsync(context).ConfigureAwait(false);
        return Answer(request, reply, 0, request.Body.Length);
    }

    public override async Task ServerStream(SyntheticRequest request, IServerStreamWriter<SyntheticReply> responseStream, ServerCallContext context)
    {
        var reply = await HandleAsync(context).ConfigureAwait(false);
        for (int number = 0; number < Math.Max(1, request.Replies); number++)
            await responseStream.WriteAsync(Answer(request, reply, number, request.Body.Length), context.CancellationToken).ConfigureAwait(false);
    }

    public override async Task<SyntheticReply> ClientStream(IAsyncStreamReader<SyntheticRequest> requestStream, ServerCallContext context)
    {
        var last = new SyntheticRequest();
        long received = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
        {
            received += request.Body.Length;
            last = request;
        }
        var reply = await HandleAsync(context).ConfigureAwait(false);
        return Answer(last, reply, 0, received);
    }

    public override async Task Bidirectional(IAsyncStreamReader<SyntheticRequest> requestStream, IServerStreamWriter<SyntheticReply> responseStream, ServerCallContext context)
    {
        int number = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
        {
            var reply = await HandleAsync(context, number).ConfigureAwait(false);
            await responseStream.WriteAsync(Answer(request, reply, number++, request.Body.Length), context.CancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LiveReply> HandleAsync(ServerCallContext context, int message = -1)
    {
        DateTime? deadline = context.Deadline == DateTime.MaxValue ? null : context.Deadline;
        var reply = await front.HandleAsync(context.GetHttpContext(), deadline, context.CancellationToken, message).ConfigureAwait(false);
        var code = CodeOf(in reply);
        return code == StatusCode.OK ? reply : throw new RpcException(new Status(code, $"{front.Name} answers so by its scenario"));
    }

    private static SyntheticReply Answer(SyntheticRequest request, in LiveReply reply, int number, long received)
    {
        long bytes = Math.Clamp(request.ReplyBytes > 0 ? request.ReplyBytes : reply.Bytes, 0, LargestMessage);
        return new SyntheticReply { Body = UnsafeByteOperations.UnsafeWrap(new byte[bytes]), Number = number, Received = received };
    }

    /// <summary>The gRPC status, or what a client makes of the HTTP status in its place (gRPC's "HTTP to gRPC status code mapping").</summary>
    private static StatusCode CodeOf(in LiveReply reply) => reply.GrpcStatus != 0 ? (StatusCode)reply.GrpcStatus : reply.Status switch
    {
        < 400 => StatusCode.OK,
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}

/// <summary>Puts <see cref="GrpcFront.AnyAsync"/> at every path that gRPC can have; methods with a schema come before it.</summary>
internal sealed class AnyMethod : IServiceMethodProvider<GrpcFront>
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static message => message, static message => message);

    // A method's full name is a route's pattern.
    private static readonly Method<byte[], byte[]> Any = new(MethodType.Unary, "{service}", "{method}", Bytes, Bytes);

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<GrpcFront> context) =>
        context.AddUnaryMethod(Any, [], static (front, _, call) => front.AnyAsync(call));
}

/// <summary>Messages of a given size that any schema can read: one field of bytes under a number that nobody uses.</summary>
internal static class GrpcPadding
{
    private const int FieldNumber = 15_000;

    public static byte[] Message(long bytes)
    {
        int head = CodedOutputStream.ComputeTagSize(FieldNumber);
        int content = (int)Math.Max(0, bytes - head - CodedOutputStream.ComputeLengthSize((int)bytes));
        if (bytes <= head) return [];
        var message = new byte[head + CodedOutputStream.ComputeLengthSize(content) + content];
        using var output = new CodedOutputStream(message);
        output.WriteTag(FieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteLength(content);
        return message;
    }
}
