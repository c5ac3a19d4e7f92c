using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Active health checks.</summary>
internal static class HealthCheckSection
{
    /// <summary>Active health checks.</summary>
    public static readonly Section<HealthCheckConfig> HealthCheck = new("healthCheck", "a health check such as {interval: 5s}", () => new HealthCheckConfig())
    {
        { "path", Values.RequestPath, (check, value) => check with { Path = value }, "The path that is asked for. Default /healthz." },
        { "interval", Values.PositiveDuration, (check, value) => check with { Interval = value }, "From a check's result to the next check. Default 5s." },
        { "timeout", Values.PositiveDuration, (check, value) => check with { Timeout = value }, "How long a check waits for its answer. Default 1s." },
        { "unhealthyThreshold", Values.Count(1), (check, value) => check with { UnhealthyThreshold = value }, "Checks without an answer in a row that make an endpoint unhealthy; an answer other than 200 does so at once. Default 3." },
        { "healthyThreshold", Values.Count(1), (check, value) => check with { HealthyThreshold = value }, "Checks passed in a row that make an endpoint healthy again; the first of all needs only itself. Default 2." },
        { "initialJitter", Values.Duration, (check, value) => check with { InitialJitter = value }, "The first check comes after a drawn time below this. Default 0: at once." },
        { "intervalJitter", Values.Duration, (check, value) => check with { IntervalJitter = value }, "A drawn time below this is added to each interval. Default 0." },
        { "intervalJitterPercent", Values.Percent, (check, value) => check with { IntervalJitterPercent = value }, "A drawn share of the interval, below this, is added to it. Default 0%." },
        { "noTrafficInterval", Values.PositiveDuration, (check, value) => check with { NoTrafficInterval = value }, "The interval of a proxy that has never sent the service a request. Default 60s." },
        { "noTrafficHealthyInterval", Values.PositiveDuration, (check, value) => check with { NoTrafficHealthyInterval = value }, "The same for a healthy endpoint. Default noTrafficInterval." },
        { "unhealthyInterval", Values.PositiveDuration, (check, value) => check with { UnhealthyInterval = value }, "The interval after a failed check of an unhealthy endpoint. Default interval." },
        { "unhealthyEdgeInterval", Values.PositiveDuration, (check, value) => check with { UnhealthyEdgeInterval = value }, "The interval after a failed check that leaves the endpoint healthy still. Default unhealthyInterval." },
        { "healthyEdgeInterval", Values.PositiveDuration, (check, value) => check with { HealthyEdgeInterval = value }, "The interval after a passed check that leaves the endpoint unhealthy still. Default interval." },
    };
}
