namespace Mesh.Conformance.Tests;

/// <summary>How an upstream behaves, said once as data: a scripted server plays it on real sockets, a scripted application in virtual time.</summary>
internal sealed record Behaviour(string Name, string Says)
{
    /// <summary>Answers to the first requests that arrive at the service, in order.</summary>
    public Answer[] First { get; init; } = [];

    /// <summary>Answers from then on, in turn.</summary>
    public Answer[] Then { get; init; } = [Answer.Good];

    /// <summary>The one replica that behaves like this while the others answer well; <c>null</c> for all of them.</summary>
    public int? Only { get; init; }

    /// <summary>Whether nothing listens there.</summary>
    public bool Refuses { get; init; }

    /// <summary>Whether it does not even say so: what is sent to open a connection gets no answer.</summary>
    public bool Dark { get; init; }

    /// <summary>Whether gRPC is spoken, over HTTP/2; otherwise HTTP/1.1.</summary>
    public bool Grpc { get; init; }

    /// <summary>Whether a replica takes no connections.</summary>
    public bool RefusesAt(int replica) => Refuses && (Only ?? replica) == replica;

    /// <summary>Whether a replica does not answer to whoever wants to connect.</summary>
    public bool IsDarkAt(int replica) => Dark && (Only ?? replica) == replica;

    /// <summary>Its answers, in no order.</summary>
    public IEnumerable<Answer> Answers => First.Concat(Then);
}

/// <summary>One answer.</summary>
internal sealed record Answer
{
    public static readonly Answer Good = new();

    public int Status { get; init; } = 200;

    public AnswerEnd End { get; init; }

    /// <summary>How long the client waits for headers.</summary>
    public TimeSpan HeadersAfter { get; init; }

    /// <summary>From the headers to the body's last byte; bytes come all the time, unless it is <see cref="Silent"/>.</summary>
    public TimeSpan BodyTakes { get; init; }

    /// <summary>Whether half of the body comes with the headers and the rest at its end.</summary>
    public bool Silent { get; init; }

    /// <summary>The header <c>Retry-After</c>, in seconds; 0 for none.</summary>
    public int RetryAfter { get; init; }

    /// <summary>The gRPC status in the headers, without a body.</summary>
    public int? GrpcHeader { get; init; }

    /// <summary>The gRPC status in the trailers, after a body.</summary>
    public int? GrpcTrailer { get; init; }

    /// <summary>Whether the connection is closed after it, though the answer did not say so.</summary>
    public bool Closes { get; init; }

    /// <summary>Bytes of the body.</summary>
    public int Bytes => GrpcHeader is not null ? 0 : BodyTakes > TimeSpan.Zero ? 4_000 : 100;

    /// <summary>Whether HTTP/2 says that a reset stream was not looked at (<c>REFUSED_STREAM</c>).</summary>
    public bool RefusesStream { get; init; }

    /// <summary>Whether the virtual network cannot say it: it knows bodies that come slowly, not bodies that stand still, and no trailers.</summary>
    public bool IsBeyondTheNetwork => Silent || GrpcTrailer is not null;
}

/// <summary>How an answer ends.</summary>
internal enum AnswerEnd
{
    /// <summary>As it should.</summary>
    Whole,

    /// <summary>The connection is reset before the first byte; over HTTP/2 the stream.</summary>
    ResetBeforeHeaders,

    /// <summary>The connection is closed in good order before the first byte.</summary>
    ClosedBeforeHeaders,

    /// <summary>The connection is reset when half of the body has been sent.</summary>
    ResetInBody,
}

/// <summary>One run of a behaviour: which answer comes next, in order of arrival at the service.</summary>
internal sealed class Script(Behaviour behaviour)
{
    private int _arrived = -1;

    public Answer Next(int replica)
    {
        if ((behaviour.Only ?? replica) != replica) return behaviour.Grpc ? Behaviours.GoodGrpc : Answer.Good;
        int arrived = Interlocked.Increment(ref _arrived);
        return arrived < behaviour.First.Length ? behaviour.First[arrived] : behaviour.Then[(arrived - behaviour.First.Length) % behaviour.Then.Length];
    }
}
