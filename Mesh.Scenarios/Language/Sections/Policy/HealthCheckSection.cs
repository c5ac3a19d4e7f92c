using System.Text.Json;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Active health checks.</summary>
internal static class HealthCheckSection
{
    /// <summary>Active health checks.</summary>
    public static readonly Section<HealthCheckConfig> HealthCheck = new Section<HealthCheckConfig>("healthCheck", "a health check such as {interval: 5s}", () => new HealthCheckConfig())
    {
        { "protocol", Values.Choice<HealthCheckProtocol>("a protocol"), (check, value) => check with { Protocol = value }, "http asks for a path, grpc calls grpc.health.v1.Health/Check, tcp opens a connection. Default http." },
        { "path", Values.RequestPath, (check, value) => check with { Path = value }, "Under http: the path that is asked for. Default /healthz." },
        { "expectedStatuses", new ListShape<StatusRange>("a list of statuses such as [200, 202-204]", StatusShape.Statuses), (check, value) => check with { ExpectedStatuses = [.. value] },
            "Under http: the statuses that pass. Default [200]." },
        { "service", Values.Text, (check, value) => check with { Service = value }, "Under grpc: the service that is asked about. Default: the server as a whole." },
        { "send", Values.Verbatim, (check, value) => check with { Send = value }, "Under tcp: what is sent. Default: nothing, and an open connection passes." },
        { "receive", Values.Verbatim, (check, value) => check with { Receive = value }, "Under tcp: what has to come back, somewhere in the answer. Default: nothing." },
        { "usesWorkers", Values.Flag, (check, value) => check with { UsesWorkers = value }, "Virtual world: whether a check waits for a worker of the replica and takes one, as a request for the path does; a full queue or an error then fails it. Default false." },
        { "interval", Values.PositiveDuration, (check, value) => check with { Interval = value }, "From a check's result to the next check. Default 5s." },
        { "timeout", Values.PositiveDuration, (check, value) => check with { Timeout = value }, "How long a check waits for its answer. Default 1s." },
        { "unhealthyThreshold", Values.Count(1), (check, value) => check with { UnhealthyThreshold = value }, "Checks without an answer in a row that make an endpoint unhealthy; an answer that does not pass does so at once. Default 3." },
        { "healthyThreshold", Values.Count(1), (check, value) => check with { HealthyThreshold = value }, "Checks passed in a row that make an endpoint healthy again; the first of all needs only itself. Default 2." },
        { "initialJitter", Values.Duration, (check, value) => check with { InitialJitter = value }, "The first check comes after a drawn time below this. Default 0: at once." },
        { "intervalJitter", Values.Duration, (check, value) => check with { IntervalJitter = value }, "A drawn time below this is added to each interval. Default 0." },
        { "intervalJitterPercent", Values.Percent, (check, value) => check with { IntervalJitterPercent = value }, "A drawn share of the interval, below this, is added to it. Default 0%." },
        { "noTrafficInterval", Values.PositiveDuration, (check, value) => check with { NoTrafficInterval = value }, "The interval of a proxy that has never sent the service a request. Default 60s." },
        { "noTrafficHealthyInterval", Values.PositiveDuration, (check, value) => check with { NoTrafficHealthyInterval = value }, "The same for a healthy endpoint. Default noTrafficInterval." },
        { "unhealthyInterval", Values.PositiveDuration, (check, value) => check with { UnhealthyInterval = value }, "The interval after a failed check of an unhealthy endpoint. Default interval." },
        { "unhealthyEdgeInterval", Values.PositiveDuration, (check, value) => check with { UnhealthyEdgeInterval = value }, "The interval after a failed check that leaves the endpoint healthy still. Default unhealthyInterval." },
        { "healthyEdgeInterval", Values.PositiveDuration, (check, value) => check with { HealthyEdgeInterval = value }, "The interval after a passed check that leaves the endpoint unhealthy still. Default interval." },
    }
    .Check(CheckProtocol);

    private static readonly (string Key, HealthCheckProtocol Protocol)[] KeysOfOneProtocol =
    [
        ("path", HealthCheckProtocol.Http), ("expectedStatuses", HealthCheckProtocol.Http), ("service", HealthCheckProtocol.Grpc),
        ("send", HealthCheckProtocol.Tcp), ("receive", HealthCheckProtocol.Tcp),
    ];

    private static void CheckProtocol(HealthCheckConfig check, YamlMap map, Reading reading)
    {
        foreach (var (key, protocol) in KeysOfOneProtocol)
        {
            if (check.Protocol != protocol && map.Find(key) is { } entry)
                reading.Error(entry.Value, $"'{key}' belongs to 'protocol: {Text(protocol)}', but this check's is {Text(check.Protocol)}.");
        }
    }

    private static string Text(HealthCheckProtocol protocol) => JsonNamingPolicy.CamelCase.ConvertName(protocol.ToString());
}
