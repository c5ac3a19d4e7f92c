using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Cli;

/// <summary>What the arguments of <c>proxy</c> say.</summary>
internal sealed record ProxySettings
{
    /// <summary>How long a fault may last where nobody says: it always ends.</summary>
    private const string DefaultLease = "10m";

    public required string Listen { get; init; }

    public required IReadOnlyList<string> To { get; init; }

    public IReadOnlyList<string> Faults { get; init; } = [];

    public string? For { get; init; }

    public string? Policy { get; init; }

    public bool Tcp { get; init; }

    public string? AccessLog { get; init; }

    public string? Metrics { get; init; }

    public bool Quiet { get; init; }

    /// <summary>The one sidecar to run, or <c>null</c> after telling what is wrong.</summary>
    public OneProxyPlan? Resolve(Problems problems)
    {
        var listen = Address(Listen, "--listen", problems);
        var metrics = Metrics is null ? null : Address(Metrics, "--metrics", problems);
        List<EndpointAddress> upstreams = [.. To.Select(to => Upstream(to, problems)).OfType<EndpointAddress>()];
        var time = For is null ? (TimeSpan?)null : Duration(For, "--for", problems);
        var log = AccessLog switch
        {
            null => null,
            "text" => new AccessLogConfig { Encoding = AccessLogEncoding.IstioText },
            "envoy" => new AccessLogConfig { Encoding = AccessLogEncoding.EnvoyText },
            "json" => new AccessLogConfig { Encoding = AccessLogEncoding.IstioJson },
            "ecs" => new AccessLogConfig { Encoding = AccessLogEncoding.Ecs },
            _ => Unknown(AccessLog, problems),
        };
        var scenario = ReadArguments(problems);
        List<TcpFaultConfig> toxics = Tcp ? [.. Faults.Select((fault, number) => FaultArgument.Tcp(fault, number, problems)).OfType<TcpFaultConfig>()] : [];
        if (problems.HasErrors || scenario is null || listen is null) return null;
        return new OneProxyPlan(listen, upstreams, scenario.World, toxics, Tcp, time, Duration(For ?? DefaultLease, "--for", problems))
        {
            Metrics = metrics,
            Telemetry = new TelemetryConfig { Metrics = metrics is null ? null : new MetricsConfig(), AccessLogs = log is null ? [] : [log] },
        };
    }

    /// <summary>The arguments in the place of a scenario.</summary>
    private ScenarioFile? ReadArguments(Problems problems)
    {
        var here = new Place("meshlab proxy");
        var faults = Tcp ? [] : Faults.Select((fault, number) => FaultArgument.Http(fault, number, For ?? DefaultLease, OneProxyPlan.Service, problems)).OfType<YamlValue>().ToList();
        var policy = Policy is null ? null : YamlTree.ParseArgument(Policy, $"--policy {Policy}", problems);
        var scenario = Map(here,
            ("version", Scalar(here, 1)),
            ("duration", Scalar(here, For ?? DefaultLease)),
            ("services", Map(here, (OneProxyPlan.Service, Map(here, ("replicas", Scalar(here, Math.Max(1, To.Count))))))),
            ("mesh", policy is null ? null : Map(here, ("services", Map(here, (OneProxyPlan.Service, policy))))),
            ("workload", List(here, [Map(here, ("to", Scalar(here, OneProxyPlan.Service)), ("rate", Scalar(here, "1/s")))])),
            ("faults", faults.Count == 0 ? null : List(here, faults)));
        return problems.HasErrors ? null : ScenarioReader.ReadTree(scenario, here.Source, [], problems);
    }

    private static AccessLogConfig? Unknown(string given, Problems problems)
    {
        problems.Error(new Place($"--access-log {given}"), "", $"'{given}' is no format of a log.{Suggest.From(given, ["text", "envoy", "json", "ecs"])}");
        return null;
    }

    private static IPEndPoint? Address(string text, string option, Problems problems)
    {
        if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var address)) return address;
        problems.Error(new Place($"{option} {text}"), "", $"'{text}' is not an address to listen on; write 127.0.0.1:8081, or port 0 for a free one.");
        return null;
    }

    private static EndpointAddress? Upstream(string text, Problems problems)
    {
        int colon = text.LastIndexOf(':');
        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 && !text.Contains('/', StringComparison.Ordinal))
            return new EndpointAddress(text[..colon].Trim('[', ']'), port);
        problems.Error(new Place($"--to {text}"), "", $"'{text}' is not where a service listens; write host:port, such as localhost:8080.");
        return null;
    }

    private static TimeSpan Duration(string text, string option, Problems problems)
    {
        if (Quantity.Duration.Parse(text, out double seconds) is { } problem) problems.Error(new Place($"{option} {text}"), "", problem);
        else if (seconds is <= 0 or > 86400) problems.Error(new Place($"{option} {text}"), "", "a fault is a lease: write more than 0, and 24h at most.");
        return TimeSpan.FromSeconds(seconds);
    }
}
