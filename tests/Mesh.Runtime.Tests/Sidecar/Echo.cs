using System.Collections.Concurrent;
using Grpc.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>The calls of <see cref="Echo"/>, whose messages are words.</summary>
public static class EchoCalls
{
    public static readonly Method<string, string> Unary = Describe(MethodType.Unary, nameof(Unary));
    public static readonly Method<string, string> ServerStream = Describe(MethodType.ServerStreaming, nameof(ServerStream));
    public static readonly Method<string, string> ClientStream = Describe(MethodType.ClientStreaming, nameof(ClientStream));
    public static readonly Method<string, string> Duplex = Describe(MethodType.DuplexStreaming, nameof(Duplex));

    /// <summary>Found by gRPC's own binding; it looks the handlers up by name.</summary>
    public static void Bind(ServiceBinderBase binder, Echo? service)
    {
        binder.AddMethod(Unary, (UnaryServerMethod<string, string>?)null!);
        binder.AddMethod(ServerStream, (ServerStreamingServerMethod<string, string>?)null!);
        binder.AddMethod(ClientStream, (ClientStreamingServerMethod<string, string>?)null!);
        binder.AddMethod(Duplex, (DuplexStreamingServerMethod<string, string>?)null!);
    }

    private static Method<string, string> Describe(MethodType type, string name) => new(type, "test.Echo", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
}

/// <summary>A gRPC service with one call of each type.</summary>
[BindServiceMethod(typeof(EchoCalls), nameof(EchoCalls.Bind))]
public class Echo(Echo.Where where)
{
    /// <summary>Ports of meshes a call of which was cancelled at the server.</summary>
    public static ConcurrentBag<int> Cancelled { get; } = [];

    /// <summary>Ports of meshes a call of which sleeps at the server.</summary>
    public static ConcurrentBag<int> Asleep { get; } = [];

    public virtual async Task<string> Unary(string word, ServerCallContext context)
    {
        if (word == "unavailable-twice")
        {
            string attempt = context.RequestHeaders.GetValue("x-envoy-attempt-count")!;
            return attempt == "3" ? $"try {attempt}" : throw new RpcException(new Status(StatusCode.Unavailable, "not yet"));
        }
        if (word == "sleep") await SleepAsync(context);
        await context.WriteResponseHeadersAsync(new Metadata { { "x-asked", context.RequestHeaders.GetValue("x-ask") ?? "" } });
        context.ResponseTrailers.Add("x-last", "words");
        return word;
    }

    public virtual async Task ServerStream(string words, IServerStreamWriter<string> answers, ServerCallContext context)
    {
        foreach (string word in words.Split(' '))
        {
            if (word == "fail") throw new RpcException(new Status(StatusCode.Unavailable, "mid-stream"));
            await answers.WriteAsync(word);
        }
    }

    public virtual async Task<string> ClientStream(IAsyncStreamReader<string> requests, ServerCallContext context)
    {
        var words = new List<string>();
        await foreach (string word in requests.ReadAllAsync()) words.Add(word);
        return string.Join(' ', words);
    }

    public virtual async Task Duplex(IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers, ServerCallContext context)
    {
        await foreach (string word in requests.ReadAllAsync())
        {
            if (word == "stop") return;
            await answers.WriteAsync(word);
        }
    }

    private async Task SleepAsync(ServerCallContext context)
    {
        Asleep.Add(where.Port);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(where.Port);
            throw;
        }
    }

    /// <summary>Which mesh a service stands in.</summary>
    public sealed class Where
    {
        private readonly LiveMesh _mesh;

        internal Where(LiveMesh mesh) => _mesh = mesh;

        public int Port => _mesh.Ingress.Port;
    }
}
