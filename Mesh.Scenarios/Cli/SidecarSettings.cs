using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Cli;

/// <summary>What the arguments of <c>sidecar</c> say.</summary>
internal sealed record SidecarSettings
{
    public required string Service { get; init; }

    public required string ControlPlane { get; init; }

    public string? Inbound { get; init; }

    public string? Application { get; init; }

    public string? Outbound { get; init; }

    public string? Advertise { get; init; }

    public string? Name { get; init; }

    public string? Zone { get; init; }

    public string? Version { get; init; }

    public string? Calls { get; init; }

    public string? State { get; init; }

    public string? JoinTokenFile { get; init; }

    public string? TrustBundle { get; init; }

    public string TrustDomain { get; init; } = "cluster.local";

    public string? Metrics { get; init; }

    public string? AccessLog { get; init; }

    /// <summary>The sidecar to run, or <c>null</c> after telling what is wrong.</summary>
    public OneSidecarPlan? Resolve(Problems problems)
    {
        var plane = EndpointAddress(ControlPlane, "--control-plane", "127.0.0.1:15012", problems);
        var inbound = Inbound is null ? null : ProxySettings.Address(Inbound, "--inbound", problems);
        var application = Application is null ? null : EndpointAddress(Application, "--application", "127.0.0.1:8080", problems);
        var outbound = Outbound is null ? null : ProxySettings.Address(Outbound, "--outbound", problems);
        var metrics = Metrics is null ? null : ProxySettings.Address(Metrics, "--metrics", problems);
        var logs = ProxySettings.AccessLogOf(AccessLog, problems);
        if (Inbound is null != Application is null)
            problems.Error(new Place(Inbound is null ? "--application" : "--inbound"), "", "'--inbound' and '--application' go together: the sidecar takes requests at the one and hands them to the other.");
        if (Inbound is null && Outbound is null) problems.Error(new Place("meshlab sidecar"), "", "the sidecar would have nothing to do; write '--inbound' with '--application', or '--outbound', or all three.");
        var trust = TrustBundle is null ? null : Trust(TrustBundle, problems);
        string? token = JoinTokenFile is null ? null : Content(JoinTokenFile, "--join-token-file", problems)?.Trim();
        if (trust is not null && token is null && !problems.HasErrors) problems.Error(new Place("--trust-bundle"), "", "over TLS the control plane wants to know who comes; give a join token: '--join-token-file FILE'.");
        if (token is not null && trust is null && !problems.HasErrors)
            problems.Error(new Place("--join-token-file"), "", "a join token does not travel in plain text; give the roots by which the control plane proves itself: '--trust-bundle FILE' (its 'bundle.pem').");
        if (problems.HasErrors || plane is null) return null;
        return new OneSidecarPlan(Service, plane)
        {
            Name = Name ?? DefaultName(inbound ?? outbound!),
            Zone = Zone ?? "",
            Version = Version ?? "v1",
            Inbound = inbound,
            Application = application,
            Outbound = outbound,
            Advertise = Advertise,
            Calls = Calls?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            State = State,
            Trust = trust,
            JoinToken = token,
            Metrics = metrics,
            Telemetry = new TelemetryConfig { Metrics = metrics is null ? null : new MetricsConfig(), AccessLogs = logs },
        };
    }

    /// <summary>The same after a restart, where its port is.</summary>
    private string DefaultName(IPEndPoint listen) => $"{Service}-{Environment.MachineName.ToLowerInvariant()}-{(listen.Port == 0 ? Environment.ProcessId : listen.Port)}";

    private static EndpointAddress? EndpointAddress(string text, string option, string example, Problems problems)
    {
        int colon = text.LastIndexOf(':');
        bool isGood = colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ushort port) && port > 0
            && Uri.CheckHostName(text[..colon].Trim('[', ']')) != UriHostNameType.Unknown;
        if (isGood) return new EndpointAddress(text[..colon].Trim('[', ']'), int.Parse(text.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
        problems.Error(new Place($"{option} {text}"), "", $"'{text}' is not where something listens; write host:port, such as {example}.");
        return null;
    }

    private TrustBundle? Trust(string path, Problems problems)
    {
        if (Content(path, "--trust-bundle", problems) is not { } pem) return null;
        try
        {
            return Runtime.Security.Identities.TrustBundle.FromPem(TrustDomain, pem);
        }
        catch (IdentityException e)
        {
            problems.Error(new Place($"--trust-bundle {path}"), "", e.Message);
            return null;
        }
    }

    private static string? Content(string path, string option, Problems problems)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(new Place($"{option} {path}"), "", e.Message);
            return null;
        }
    }
}
