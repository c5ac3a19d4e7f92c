using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Import;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// What the runner and its processes say to each other. Who asks chooses the number, and the answer has the same. The runner begins with <see cref="StartSidecar"/> or <see cref="StartService"/>;
/// the process, too, asks one thing: <see cref="Sign"/>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(StartSidecar), "startSidecar")]
[JsonDerivedType(typeof(StartService), "startService")]
[JsonDerivedType(typeof(Listing), "listing")]
[JsonDerivedType(typeof(Inject), "inject")]
[JsonDerivedType(typeof(EndInjection), "endInjection")]
[JsonDerivedType(typeof(ReadUsage), "readUsage")]
[JsonDerivedType(typeof(Flush), "flush")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Issued), "issued")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Counted), "counted")]
[JsonDerivedType(typeof(Usage), "usage")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Lost), "lost")]
[JsonDerivedType(typeof(Sign), "sign")]
internal abstract record Message
{
    /// <summary>The question's number; 0 where no answer is waited for.</summary>
    public long Id { get; init; }

    /// <summary>The message as a frame.</summary>
    public byte[] ToFrame() => Frame.Encode(FrameKind.Message, JsonSerializer.SerializeToUtf8Bytes(this, MessageJson.Default.Message));

    /// <summary>The message in a frame.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    public static Message Read(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, MessageJson.Default.Message) ?? throw new InvalidDataException("a frame holds no message.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"a frame holds no message: {error.Message}", error);
        }
    }
}

/// <summary>How messages are read and written: made by the compiler, for each of many processes would have to find it out for itself.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>The world that a process is a part of.</summary>
/// <param name="Scenario">What it reads the scenario from.</param>
/// <param name="Seed">The replication's seed.</param>
/// <param name="Origin">The origin of the world's time.</param>
/// <param name="Began">The wall clock at that origin.</param>
/// <param name="Names">The fingerprint of the names behind the numbers of events (<see cref="LiveNames"/>).</param>
internal sealed record SharedWorld(ScenarioText Scenario, ulong Seed, long Origin, DateTimeOffset Began, ulong Names);

/// <summary>A replica, as it follows from the scenario and these.</summary>
/// <param name="Number">Its number within its version.</param>
/// <param name="Endpoint">Its endpoint.</param>
/// <param name="Application">Where its application listens.</param>
internal sealed record ReplicaPlace(int Number, Endpoint Endpoint, EndpointAddress Application);

/// <summary>Be this sidecar.</summary>
/// <param name="World">The world.</param>
/// <param name="Replica">The replica that it stands before; <c>null</c> for the ingress.</param>
/// <param name="Endpoints">All endpoints that there have been, in the order of their ids.</param>
/// <param name="Events">Whether the runner wants its decisions.</param>
/// <param name="AccessLogs">The access logs that it writes for standard output.</param>
/// <param name="Metrics">Where it serves <c>/metrics</c>; <c>null</c> for nowhere.</param>
internal sealed record StartSidecar(SharedWorld World, ReplicaPlace? Replica, IReadOnlyList<Endpoint> Endpoints, bool Events, IReadOnlyList<AccessLogEncoding> AccessLogs, EndpointAddress? Metrics) : Message;

/// <summary>Be this replica's synthetic service.</summary>
/// <param name="World">The world.</param>
/// <param name="Replica">The replica.</param>
/// <param name="Sidecar">Where its sidecar takes its calls.</param>
internal sealed record StartService(SharedWorld World, ReplicaPlace Replica, EndpointAddress Sidecar) : Message;

/// <summary>It is ready.</summary>
/// <param name="Outbound">The port where a sidecar takes its application's calls; 0 of a service.</param>
internal sealed record Started(int Outbound) : Message;

/// <summary>The endpoints that there are now. The newest listing counts.</summary>
/// <param name="Version">Grows with every listing.</param>
/// <param name="Endpoints">All endpoints that there have been, in the order of their ids.</param>
/// <param name="Services">The listed ones of each service.</param>
internal sealed record Listing(long Version, IReadOnlyList<Endpoint> Endpoints, IReadOnlyList<ListedService> Services) : Message;

/// <summary>A service's listed endpoints, by id.</summary>
internal sealed record ListedService(string Name, IReadOnlyList<int> Endpoints);

/// <summary>Put a fault in force.</summary>
internal sealed record Inject(Injection Injection) : Message;

/// <summary>Take it out of force. The answer is <see cref="Counted"/>.</summary>
internal sealed record EndInjection(int Injection) : Message;

/// <summary>What a fault did.</summary>
internal sealed record Counted(FaultCount Count) : Message;

/// <summary>What did the workers do so far? The answer is <see cref="Usage"/>.</summary>
internal sealed record ReadUsage : Message;

/// <summary>What they did.</summary>
internal sealed record Usage(ReplicaReading Reading) : Message;

/// <summary>Tell every decision until now.</summary>
internal sealed record Flush : Message;

/// <summary>End, with time for what is under way, and tell all that was not told yet.</summary>
internal sealed record Stop : Message;

/// <summary>It was done.</summary>
internal sealed record Done : Message;

/// <summary>It could not be done.</summary>
/// <param name="Why">Why, for people.</param>
internal sealed record Failed(string Why) : Message;

/// <summary>So many decisions were not told, because the runner did not keep up.</summary>
internal sealed record Lost(long Count) : Message;

/// <summary>A sidecar asks for a certificate; who it is, the runner knows. Its key stays with it.</summary>
/// <param name="Request">The signing request (PKCS #10).</param>
internal sealed record Sign(byte[] Request) : Message;

/// <summary>The answer to <see cref="Sign"/>.</summary>
/// <param name="Chain">The certificate, and those between it and a root (DER).</param>
/// <param name="TrustDomain">The trust domain.</param>
/// <param name="Trust">Its roots, in PEM.</param>
internal sealed record Issued(IReadOnlyList<byte[]> Chain, string TrustDomain, string Trust) : Message;
