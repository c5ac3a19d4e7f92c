using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>
/// The <c>iptables</c> commands of transparent interception, as a shell script for people to read and run as root: MeshLab itself changes no firewall.
/// They keep to two chains of their own, so that <see cref="Remove"/> leaves everything else as it was.
/// </summary>
public static class InterceptionRules
{
    private const string Outbound = "MESHLAB_OUTPUT";
    private const string Inbound = "MESHLAB_INBOUND";

    /// <summary>The commands that begin interception.</summary>
    /// <exception cref="ArgumentException">The config makes no sense; the message says all that is wrong.</exception>
    public static string Apply(InterceptionConfig config) => Script("begin", config, tables => [.. OutboundRules(config, tables), .. InboundRules(config, tables)]);

    /// <summary>The commands that end it. Commands for rules that are not there fail without harm.</summary>
    /// <exception cref="ArgumentException">The config makes no sense; the message says all that is wrong.</exception>
    public static string Remove(InterceptionConfig config) => Script("end", config, tables =>
    [
        .. config.OutboundPort is null ? [] : Gone(tables, "OUTPUT", Outbound),
        .. config.InboundPort is null ? [] : Gone(tables, "PREROUTING", Inbound),
    ]);

    private static string Script(string what, InterceptionConfig config, Func<string, IEnumerable<string>> rules)
    {
        string[] problems = [.. config.Problems()];
        if (problems.Length > 0) throw new ArgumentException($"interception: {string.Join(" Also: ", problems)}", nameof(config));
        string[] lines =
        [
            "#!/bin/sh",
            $"# Transparent interception by a MeshLab sidecar: {what}. Run as root, in the network namespace of the application.",
            .. rules("iptables"),
            "# IPv6, where the kernel has it.",
            "if ip6tables -t nat -L -n >/dev/null 2>&1; then",
            .. rules("ip6tables").Select(rule => $"  {rule}"),
            "fi",
        ];
        return string.Join('\n', lines) + "\n";
    }

    private static IEnumerable<string> OutboundRules(InterceptionConfig config, string tables)
    {
        if (config.OutboundPort is not { } port) yield break;
        string chain = $"{tables} -t nat -A {Outbound}";
        yield return $"{tables} -t nat -N {Outbound}";
        if (config.Uid is { } uid) yield return $"{chain} -m owner --uid-owner {Text(uid)} -j RETURN";
        if (config.Mark != 0) yield return $"{chain} -m mark --mark {Text(config.Mark)} -j RETURN";
        yield return $"{chain} -d {(tables == "iptables" ? "127.0.0.0/8" : "::1/128")} -j RETURN";
        foreach (string network in config.ExcludedNetworks.Where(network => IsOf(tables, network))) yield return $"{chain} -d {network} -j RETURN";
        if (config.ExcludedOutboundPorts.Count > 0) yield return $"{chain} -p tcp -m multiport --dports {Text(config.ExcludedOutboundPorts)} -j RETURN";
        yield return $"{chain} -p tcp -j REDIRECT --to-ports {Text(port)}";
        yield return $"{tables} -t nat -A OUTPUT -p tcp -j {Outbound}";
    }

    private static IEnumerable<string> InboundRules(InterceptionConfig config, string tables)
    {
        if (config.InboundPort is not { } port) yield break;
        string ports = config.InboundPorts.Count == 0 ? "" : $" -m multiport --dports {Text(config.InboundPorts)}";
        yield return $"{tables} -t nat -N {Inbound}";
        if (ports.Length == 0)
            yield return $"{tables} -t nat -A {Inbound} -p tcp -m multiport --dports {Text([port, .. config.OutboundPort is { } outbound ? [outbound] : Array.Empty<int>()])} -j RETURN";
        yield return $"{tables} -t nat -A {Inbound} -p tcp{ports} -j REDIRECT --to-ports {Text(port)}";
        yield return $"{tables} -t nat -A PREROUTING -p tcp -j {Inbound}";
    }

    private static IEnumerable<string> Gone(string tables, string hook, string chain) =>
        [$"{tables} -t nat -D {hook} -p tcp -j {chain}", $"{tables} -t nat -F {chain}", $"{tables} -t nat -X {chain}"];

    private static bool IsOf(string tables, string network) =>
        IPNetwork.Parse(network).BaseAddress.AddressFamily == (tables == "iptables" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyList<int> ports) => string.Join(',', ports.Select(Text));
}
