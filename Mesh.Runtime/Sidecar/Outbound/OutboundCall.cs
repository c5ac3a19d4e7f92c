using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Tracing;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>One request that a local application sends through its sidecar: the live message behind a <see cref="MeshRequest"/>, and what telemetry will tell of it.</summary>
internal sealed class OutboundCall : IDisposable
{
    /// <summary>Where the call stands among a message's options, from the transformer to the handler.</summary>
    public static readonly HttpRequestOptionsKey<OutboundCall> Option = new("meshlab.call");

    /// <summary>A call to a service.</summary>
    /// <param name="service">The service's name, as the mesh knows it.</param>
    /// <param name="began">When the request came, in ticks.</param>
    public OutboundCall(string service, long began) => (Service, Began) = (service, began);

    /// <summary>When the request came, in ticks.</summary>
    public long Began { get; }

    /// <summary>The called service.</summary>
    public string Service { get; }

    /// <summary>The path asked for, in its one form.</summary>
    public string Path { get; set; } = "/";

    /// <summary>The query asked for, with its question mark; empty without one.</summary>
    public string Query { get; set; } = "";

    /// <summary>The head as YARP made it from the client's: hop-by-hop headers are gone.</summary>
    public HttpRequestMessage Head { get; private set; } = null!;

    /// <summary>The body; <c>null</c> for none.</summary>
    public ReplayBody? Body { get; private set; }

    /// <summary>The head as the mesh sees it.</summary>
    public MeshRequest Request { get; private set; } = null!;

    /// <summary>Ends with the client, or when nobody reads its answer any more.</summary>
    public CancellationTokenSource Client { get; private set; } = null!;

    /// <summary>Where it stands in its trace.</summary>
    public HopTrace Trace { get; set; }

    /// <summary>What the mesh answered.</summary>
    public MeshResponse Answer { get; private set; }

    /// <summary>Whether an endpoint answered, and not the mesh itself.</summary>
    public bool HasUpstreamAnswer { get; private set; }

    /// <summary>Whether the answer's body arrived whole; known once it is over. To be awaited once.</summary>
    public ValueTask<bool> End { get; private set; } = new(true);

    /// <summary>The endpoint of the latest attempt.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>Whether the latest attempt went over mutual TLS.</summary>
    public bool MutualTls { get; set; }

    /// <summary>Why the answer's body broke off; none where it did not.</summary>
    public ResponseFlags BrokenBecause { get; set; }

    /// <summary>Why the latest attempt's way failed, in words.</summary>
    public string? Failure { get; set; }

    /// <summary>When the answer's head came, in ticks; 0 before.</summary>
    public long Answered { get; private set; }

    /// <summary>The attempts that were made.</summary>
    public int Attempts { get; set; }

    /// <summary>The message comes out of YARP.</summary>
    public void Begin(HttpRequestMessage head, MeshRequest request, int replayBytes, CancellationToken client)
    {
        Head = head;
        Request = request;
        Client = CancellationTokenSource.CreateLinkedTokenSource(client);
        if (head.Content is { } content) Body = new ReplayBody(content, replayBytes, Client.Cancel);
        request.Body = Body;
        request.Message = this;
    }

    /// <summary>The mesh has answered; the body may follow.</summary>
    public void HasAnswer(in MeshResponse answer, long now)
    {
        Answer = answer;
        Answered = now;
        HasUpstreamAnswer = answer.Message is not null;   // which is gone once the end has been awaited
        End = answer.End;
        Body?.Settle();
    }

    /// <summary>The exchange with the client is over.</summary>
    public void Dispose()
    {
        Body?.Dispose();
        Client?.Dispose();
    }
}
