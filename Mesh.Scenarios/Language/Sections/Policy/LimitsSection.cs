using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Caps of one proxy.</summary>
internal static class LimitsSection
{
    /// <summary>Caps.</summary>
    public static readonly Section<LimitsConfig> Limits = new("limits", "limits such as {maxRequests: 100}", () => new LimitsConfig())
    {
        { "maxRequests", Values.Count(0), (limits, value) => limits with { MaxRequests = value }, "Requests of one proxy in progress; one more is answered 503 at once. Default no cap." },
        { "maxConnections", Values.Count(1), (limits, value) => limits with { MaxConnections = value }, "Connections of one proxy; at the cap a request waits for one. Default no cap." },
        { "maxPendingRequests", Values.Count(0), (limits, value) => limits with { MaxPendingRequests = value }, "Requests that wait for a connection; one more is answered 503. Default 1024." },
        { "maxRetries", Values.Count(0), (limits, value) => limits with { MaxRetries = value }, "Retries of one proxy under way at once, waits included; one more is not made. A retry budget takes its place. Default no cap." },
        { "connectTimeout", Values.PositiveDuration, (limits, value) => limits with { ConnectTimeout = value }, "How long an attempt waits for a new connection before it fails with 503 UF. Default 5s." },
        { "idleTimeout", Values.PositiveDuration, (limits, value) => limits with { IdleTimeout = value }, "How long an idle connection is kept. Default 1h." },
    };
}
