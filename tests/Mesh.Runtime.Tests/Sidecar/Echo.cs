using System.Collections.Concurrent;
using Grpc.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>A gRPC service with one call of each type, whose messages are words.</summary>
[BindServiceMethod(typeof(Echo), nameof(Bind))]
public class Echo(Echo.Where where)
{
    public static readonly Method<string, string> Unary = Describe(MethodType.Unary, nameof(Unary));
    public static readonly Method<string, string> ServerStream = Describe(MethodType.ServerStreaming, nameof(ServerStream));
    public static readonly Method<string, string> ClientStream = Describe(MethodType.ClientStreaming, nameof(ClientStream));
    public static readonly Method<string, string> Duplex = Describe(MethodType.DuplexStreaming, nameof(Duplex));

    /// <summary>Ports of meshes a call of which was cancelled at the server.</summary>
    public static ConcurrentBag<int> Cancelled { get; } = [];

    public static void Bind(ServiceBinderBase binder, Echo? service)
    {
        binder.AddMethod(Unary, (UnaryServerMethod<string, string>)((request, context) => service!.AnswerAsync(request, context)));
        binder.AddMethod(ServerStream, (ServerStreamingServerMethod<string, string>)((request, answers, context) => service!.AnswerAsync(request, answers)));
        binder.AddMethod(ClientStream, (ClientStreamingServerMethod<string, string>)((requests, context) => service!.AnswerAsync(requests)));
        binder.AddMethod(Duplex, (DuplexStreamingServerMethod<string, string>)((requests, answers, context) => service!.AnswerAsync(requests, answers)));
    }

    public async Task<string> AnswerAsync(string word, ServerCallContext context)
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

    public async Task AnswerAsync(string words, IServerStreamWriter<string> answers)
    {
        foreach (string word in words.Split(' '))
        {
            if (word == "fail") throw new RpcException(new Status(StatusCode.Unavailable, "mid-stream"));
            await answers.WriteAsync(word);
        }
    }

    public async Task<string> AnswerAsync(IAsyncStreamReader<string> requests)
    {
        var words = new List<string>();
        await foreach (string word in requests.ReadAllAsync()) words.Add(word);
        return string.Join(' ', words);
    }

    public async Task AnswerAsync(IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers)
    {
        await foreach (string word in requests.ReadAllAsync())
        {
            if (word == "stop") return;
            await answers.WriteAsync(word);
        }
    }

    private async Task SleepAsync(ServerCallContext context)
    {
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

    private static Method<string, string> Describe(MethodType type, string name) => new(type, "test.Echo", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    /// <summary>Which mesh a service stands in.</summary>
    public sealed class Where
    {
        private readonly LiveMesh _mesh;

        internal Where(LiveMesh mesh) => _mesh = mesh;

        public int Port => _mesh.Ingress.Port;
    }
}
