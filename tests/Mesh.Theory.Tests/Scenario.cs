using System.Globalization;

namespace Mesh.Theory.Tests;

/// <summary>Scenario texts, as a user would write them.</summary>
internal static class Scenario
{
    private const double PerServer = 1 / TheoryRun.ServiceTime;

    /// <summary>One service under Poisson load.</summary>
    /// <param name="rho">Load per worker.</param>
    /// <param name="requests">Requests after the warm-up in the long suite, about.</param>
    /// <param name="warmup">Service times before anything counts.</param>
    /// <param name="service">The service's keys.</param>
    /// <param name="servers">Workers in all replicas together.</param>
    /// <param name="policy">Keys of mesh.defaults.</param>
    public static string Queue(double rho, double requests, double warmup, string service, int servers = 1, string policy = "") =>
        Text(rho * servers * PerServer, requests, warmup, $"  s: {{{service}}}", policy, "s");

    /// <summary>Services under Poisson load.</summary>
    public static string Text(double rate, double requests, double warmup, string services, string policy, string to)
    {
        double warm = Math.Ceiling(warmup * TheoryRun.ServiceTime);
        return FormattableString.Invariant($$"""
            version: 1
            name: theory
            duration: {{Math.Ceiling(warm + requests * TheoryRun.Effort / rate)}}s
            warmup: {{warm}}s
            services:
            {{services}}
            mesh:
              defaults: {{{policy}}}
            workload:
              - {to: {{to}}, rate: {{rate.ToString(CultureInfo.InvariantCulture)}}/s}
            """);
    }
}
