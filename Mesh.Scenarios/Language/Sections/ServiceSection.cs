using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The services. A service without <c>versions</c> has one, v1, with the service's own keys.</summary>
internal static class ServiceSection
{
    private static readonly Shape<IReadOnlyDictionary<string, string>> Labels =
        new TableShape<string>("labels such as {tier: gold}", Values.Name, Values.Text).Then<IReadOnlyDictionary<string, string>>((labels, _, _) => labels);

    private static readonly Shape<IReadOnlyDictionary<string, int>> ZoneCounts =
        new TableShape<int>("replicas by zone, such as {a: 2, b: 1}", Values.Name, Values.Count(0)).Then<IReadOnlyDictionary<string, int>>((zones, _, _) => zones);

    private static readonly Shape<int?> Queue = new ScalarShape<int?>("a whole number from 0, or unlimited",
        """{"type": ["integer", "string"], "minimum": 0, "maximum": 1000000, "pattern": "^unlimited$"}""", ParseQueue);

    private static readonly Section<RequestClassConfig> Endpoint = new("endpoint", "an endpoint such as {path: /checkout}", () => new RequestClassConfig { Path = "/" })
    {
        { "path", Values.RequestPath, (endpoint, value) => endpoint with { Path = value }, "The path, matched exactly.", Presence.Required },
        { "serviceTime", DistributionShape.Time, (endpoint, value) => endpoint with { ServiceTime = value }, "The service's own work for this path. Default: the version's." },
        { "errorRate", Values.Percent, (endpoint, value) => endpoint with { ErrorRate = value }, "Share of requests answered with an error. Default: the version's." },
        { "responseSize", Values.Size, (endpoint, value) => endpoint with { ResponseBytes = value }, "Size of the answer's body. Default 0." },
        { "responseHeaders", StepSection.Headers, (endpoint, value) => endpoint with { ResponseHeaders = value }, "Headers of the answer, beside the version's. Default none." },
        { "calls", StepSection.Script, (endpoint, value) => endpoint with { Script = value }, "What it does after its own work, in order." },
    };

    private static readonly Section<VersionConfig> Version = new Section<VersionConfig>("version", "a version such as {replicas: 2, serviceTime: 5ms}", () => new VersionConfig())
    {
        { "replicas", Values.Count(0), (version, value) => version with { Replicas = value }, "Replicas at the start. Default 1." },
        { "zones", ZoneCounts, (version, value) => version with { Zones = value }, "Replicas by zone. Default: spread over the zones in turn." },
        { "labels", Labels, (version, value) => version with { Labels = value }, "Labels, for subsets and rules." },
        { "weight", Values.Count(1, 128), (version, value) => version with { Weight = value }, "A replica's share of requests in relation to the service's other replicas', for balancers that go by weight. Default 1." },
        { "workers", Values.Count(1), (version, value) => version with { Workers = value }, "Requests that a replica works on at once. Default 16." },
        { "queue", Queue, (version, value) => version with { Queue = value }, "Requests that may wait for a worker; one more is answered 503. A number, or unlimited. Default 1024." },
        { "serviceTime", DistributionShape.Time, (version, value) => version with { ServiceTime = value }, "The service's own work for a request. Default 0." },
        { "errorRate", Values.Percent, (version, value) => version with { ErrorRate = value }, "Share of requests answered with an error, without any work or call. Default 0." },
        { "errorStatus", Values.Count(400, 599), (version, value) => version with { ErrorStatus = value }, "The HTTP status of those errors. Default 500." },
        { "responseHeaders", StepSection.Headers, (version, value) => version with { ResponseHeaders = value }, "Headers of every answer, those to health checks too: {x-envoy-degraded: \"true\"} makes them find it degraded. Default none." },
        { "errorHeaders", StepSection.Headers, (version, value) => version with { ErrorHeaders = value }, "Headers of answers that are errors, of whatever kind, beside the others: {retry-after: \"2\"}. Default none." },
        { "errorGrpcStatus", Values.Count(1, 16), (version, value) => version with { ErrorGrpcStatus = value }, "The gRPC status of those errors, which then come under HTTP 200. Default none: plain HTTP." },
    };

    private static readonly Section<ServiceDraft> Service = new Section<ServiceDraft>("service", "a service such as {replicas: 2, serviceTime: 5ms}", () => new ServiceDraft())
    {
        { "account", Values.Name, (draft, value) => draft with { Service = draft.Service with { Account = value } }, "The service account of its identity. Default: the service's name." },
        { "namespace", Values.Name, (draft, value) => draft with { Service = draft.Service with { Namespace = value } }, "The namespace of its identity. Default: default." },
        { "discipline", Values.Choice<QueueDiscipline>("a discipline"), (draft, value) => draft with { Service = draft.Service with { Discipline = value } },
            "The order in which a replica serves: fifo, or processorSharing (all at once, sharing the workers equally). Default fifo." },
        { "hold", Values.Choice<WorkerHold>("a hold"), (draft, value) => draft with { Service = draft.Service with { Hold = value } },
            "How long a request holds its worker: ownWork (an asynchronous server), or wholeCall (a thread per request). Default ownWork." },
        { "stopsWhenAbandoned", Values.Flag, (draft, value) => draft with { Service = draft.Service with { StopsWhenAbandoned = value } },
            "Whether a replica stops working for a client that has given up. Default false, which is what makes retry storms real." },
        { "address", new OneOrMoreShape<string>("addresses such as [127.0.0.1:8080]", Values.Text.Then(CheckAddress)), (draft, value) => draft with { Live = Own(draft) with { Addresses = value } },
            "Live only: where its replicas run already, host:port each. Their number is that of the replicas. Default: synthetic replicas are started." },
        { "command", new ListShape<string>("a command such as [node, server.js]", Values.Text), (draft, value) => draft with { Live = Own(draft) with { Command = value } },
            "Live only: the program of a replica and its arguments. {port} is the port to listen on, which PORT says too; {outbound} the sidecar for its calls, which HTTP_PROXY says too." },
        { "environment", new TableShape<string>("variables such as {LOG_LEVEL: debug}", Values.Name, Values.Text).Then<IReadOnlyDictionary<string, string>>((variables, _, _) => variables),
            (draft, value) => draft with { Live = Own(draft) with { Environment = value } }, "Live only: variables of the command's environment. Default: none besides its own." },
        { "readyPath", Values.RequestPath, (draft, value) => draft with { Live = Own(draft) with { ReadyPath = value } }, "Live only: a path that answers 200 once a replica is ready. Default: it is ready when it listens." },
        { "readyWithin", Values.PositiveDuration, (draft, value) => draft with { Live = Own(draft) with { ReadyWithin = value } }, "Live only: how long a replica may take to be ready. Default 30s." },
        { "endpoints", new ListShape<RequestClassConfig>("a list of endpoints, such as [{path: /checkout}]", Endpoint, mayBeEmpty: true),
            (draft, value) => draft with { Service = draft.Service with { Classes = value } }, "The paths that it serves. Default: every path alike." },
        { "versions", new TableShape<Func<VersionConfig, VersionConfig>>("versions by name, such as {v1: {replicas: 2}}", Values.Name, Version.AsChange()),
            (draft, value) => draft with { Versions = value }, "Its versions; each takes what it does not say from the service. Default: one, v1." },
    }
    .Embed(Version, draft => draft.Base, (draft, version) => draft with { Base = version })
    .Check(RefuseReplicasBesideVersions)
    .Check(CheckLive);

    /// <summary>The services by name.</summary>
    public static readonly Shape<IReadOnlyList<ServiceConfig>> Services =
        new TableShape<ServiceDraft>("services by name, such as {cart: {replicas: 2}}", Values.Name, Service)
            .Then<IReadOnlyList<ServiceConfig>>((drafts, _, reading) => [.. drafts.Select(draft => Resolve(draft.Key, draft.Value, reading))]);

    private static ServiceConfig Resolve(string name, ServiceDraft draft, Reading reading)
    {
        VersionConfig[] versions = draft.Versions is { Count: > 0 } own
            ? [.. own.Select(version => version.Value(draft.Base with { Name = version.Key }))]
            : [reading.Derive(draft, draft.Base with { })];
        var counted = versions.Select(version => reading.Derive(version, CountZones(version, reading)));
        return reading.Derive(draft, draft.Service with { Name = name, Versions = [.. counted], Live = draft.Live });
    }

    /// <summary>Replicas by zone say how many replicas there are.</summary>
    private static VersionConfig CountZones(VersionConfig version, Reading reading)
    {
        if (version.Zones.Count == 0) return version;
        int total = version.Zones.Values.Sum();
        var (place, path) = reading.Sources.At(version, "replicas");
        bool said = path.EndsWith(".replicas", StringComparison.Ordinal);
        if (said && total != version.Replicas)
        {
            reading.Problems.Error(place, path, $"{version.Replicas} replicas, but the zones add up to {total}; make them equal, or leave 'replicas' out.");
        }
        return version with { Replicas = total };
    }

    private static void RefuseReplicasBesideVersions(ServiceDraft draft, YamlMap map, Reading reading)
    {
        if (draft.Versions is not { Count: > 0 }) return;
        foreach (string key in (string[])["replicas", "zones"])
        {
            if (map.Find(key) is { } entry) reading.Error(entry, map, $"'{key}' stands beside 'versions'; write it in each version.");
        }
    }

    private static LiveServiceConfig Own(ServiceDraft draft) => draft.Live ?? new LiveServiceConfig();

    private static string CheckAddress(string address, YamlValue value, Reading reading)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(address.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
            reading.Error(value, $"'{address}' is not where a service listens; write host:port, such as 127.0.0.1:8080.");
        return address;
    }

    private static void CheckLive(ServiceDraft draft, YamlMap map, Reading reading)
    {
        if (draft.Live is not { } live) return;
        if (live is { Addresses.Count: > 0, Command.Count: > 0 }) reading.Error(map.Find("command")!, map, "'command' starts the service, and 'address' says that it runs already; keep one.");
        if (live is { Addresses.Count: 0, Command.Count: 0 }) reading.Error(map, "says how the service is live, but neither where it runs ('address') nor how to start it ('command').");
        if (live.Addresses.Count > 0 && draft.Versions is { Count: > 0 }) reading.Error(map.Find("address")!, map, "'address' stands beside 'versions'; a service that runs already has one, v1.");
    }

    private static string? ParseQueue(string text, out int? value)
    {
        value = null;
        if (text == "unlimited") return null;
        if (!int.TryParse(text, out int count) || count is < 0 or > 1_000_000) return $"'{text}' is not the length of a queue; write a whole number from 0 to 1000000, or unlimited.";
        value = count;
        return null;
    }

    private sealed record ServiceDraft
    {
        public ServiceConfig Service { get; init; } = new() { Name = "", Versions = [] };

        public LiveServiceConfig? Live { get; init; }

        public VersionConfig Base { get; init; } = new();

        public OrderedDictionary<string, Func<VersionConfig, VersionConfig>>? Versions { get; init; }
    }
}
