using System.Net;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Hosting;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live.Desired;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>What the arguments of <c>control-plane</c> say.</summary>
internal sealed record ControlPlaneSettings
{
    public string? Directory { get; init; }

    public required string State { get; init; }

    public required string Admin { get; init; }

    public string? Access { get; init; }

    public required string Listen { get; init; }

    public bool Tls { get; init; }

    public IReadOnlyList<string> Discover { get; init; } = [];

    public IReadOnlyList<string> NameServers { get; init; } = [];

    public required string MaxFaultShare { get; init; }

    public required int MaxFaults { get; init; }

    public required string TrustDomain { get; init; }

    /// <summary>The control plane to run, or <c>null</c> after telling what is wrong. It makes the state directory.</summary>
    /// <param name="problems">Told what is wrong.</param>
    /// <param name="log">Told what happens while it runs.</param>
    public ControlPlaneHostOptions? Resolve(Problems problems, Action<string> log)
    {
        var admin = ProxySettings.Address(Admin, "--admin", problems);
        var listen = ProxySettings.Address(Listen, "--listen", problems);
        var discovery = DiscoverArgument.Read(Discover, NameServers, problems);
        if (Quantity.Percent.Parse(MaxFaultShare, out double share) is { } wrong) problems.Error(new Place($"--max-fault-share {MaxFaultShare}"), "", wrong);
        if (MaxFaults < 0) problems.Error(new Place($"--max-faults {MaxFaults}"), "", "write 0 or more.");
        var options = new AdminOptions { TokenFile = Path.Combine(State, AdminToken.FileName), Listen = admin ?? new IPEndPoint(IPAddress.Loopback, 0) };
        if (!IPAddress.IsLoopback(options.Listen.Address)) options = options with { TokenFile = null };
        if (Access is not null && AccessFile.Read(Access, problems) is { } access) options = access.Over(options);
        if (!problems.HasErrors)
            foreach (string problem in options.Problems()) problems.Error(new Place("--admin"), "", $"{problem}.");
        if (problems.HasErrors || listen is null) return null;

        ControlPlaneHost.PrepareState(State);
        string directory = Directory ?? Path.Combine(State, "configuration");
        if (Directory is null) System.IO.Directory.CreateDirectory(directory);
        if (ConfigurationFolder.Open(directory, State, TimeProvider.System, log, problems) is not { } configuration) return null;
        return new ControlPlaneHostOptions
        {
            StateDirectory = State,
            Configuration = configuration,
            FaultReader = new FaultLanguage(),
            Listen = listen,
            ProxiesByTls = Tls || !IPAddress.IsLoopback(listen.Address),
            Admin = options,
            Discovery = discovery,
            FaultLimits = new FaultLimits { MaxShare = share, MaxFaults = MaxFaults },
            Certificates = new CertificateAuthorityOptions { TrustDomain = TrustDomain },
            Log = log,
        };
    }
}
