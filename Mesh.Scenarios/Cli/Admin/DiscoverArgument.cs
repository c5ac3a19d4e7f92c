using System.Globalization;
using System.Net;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Dns;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;
using Mesh.Runtime.ControlPlane.Discovery.Files;
using Mesh.Runtime.ControlPlane.Discovery.Kubernetes;
using Mesh.Runtime.Randomness;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>Sources of services on the command line.</summary>
internal static class DiscoverArgument
{
    /// <summary>What <c>--help</c> says of it.</summary>
    public const string Help = "file:services.yaml, dns:cart=cart.shop.local:8080, dns:cart=_http._tcp.cart.shop.local (SRV), etcd:http://127.0.0.1:2379, kubernetes, kubernetes:NAMESPACE. May be repeated.";

    /// <summary>Makes the providers that are asked for; all names of DNS are one.</summary>
    public static IReadOnlyList<Func<IDiscoverySink, TimeProvider, KeyedRandom, IDiscoveryProvider>> Read(IReadOnlyList<string> arguments, IReadOnlyList<string> nameServers, Problems problems)
    {
        var makers = new List<Func<IDiscoverySink, TimeProvider, KeyedRandom, IDiscoveryProvider>>();
        var names = new List<DnsServiceConfig>();
        var sources = new Dictionary<string, int>();
        foreach (string argument in arguments)
        {
            var here = new Place($"--discover {argument}");
            string[] parts = argument.Split(':', 2);
            string rest = parts.Length > 1 ? parts[1] : "";
            switch (parts[0])
            {
                case "file" when rest.Length > 0:
                    string file = Source("file");
                    makers.Add((sink, time, random) => new ServiceFileProvider(new ServiceFileOptions { Path = rest, Source = file }, sink, time, random));
                    break;
                case "dns" when Name(rest) is { } name:
                    if (names.Exists(known => known.Service == name.Service)) problems.Error(here, "", $"the service '{name.Service}' has a name already; give it one.");
                    names.Add(name);
                    break;
                case "etcd" when Members(rest) is { Count: > 0 } members:
                    string etcd = Source("etcd");
                    makers.Add((sink, time, random) => new EtcdProvider(new EtcdOptions { Members = members, Source = etcd }, sink, time, random));
                    break;
                case "kubernetes":
                    string kubernetes = Source("kubernetes");
                    makers.Add((sink, time, random) => new KubernetesProvider(new KubernetesOptions { Namespace = rest.Length == 0 ? null : rest, Source = kubernetes }, sink, time, random));
                    break;
                default:
                    problems.Error(here, "", $"this is no source of services.{(parts[0] is "file" or "dns" or "etcd" ? "" : Suggest.From(parts[0], ["file", "dns", "etcd", "kubernetes"], "Sources"))} Write {Help}");
                    break;
            }
        }
        IPEndPoint[] servers = [.. nameServers.Select(server => ProxySettings.Address(server, "--dns-server", problems)).OfType<IPEndPoint>()];
        if (names.Count > 0) makers.Add((sink, time, random) => new DnsProvider(new DnsOptions { Services = names, NameServers = servers }, sink, time, random));
        return makers;

        // A second file is another source.
        string Source(string kind) => (sources[kind] = sources.GetValueOrDefault(kind) + 1) is 1 ? kind : $"{kind}-{sources[kind]}";
    }

    private static DnsServiceConfig? Name(string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } service, { Length: > 0 } name]) return null;
        int colon = name.LastIndexOf(':');
        if (colon < 0) return new DnsServiceConfig { Service = service, Name = name };
        bool isPort = int.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536;
        return isPort ? new DnsServiceConfig { Service = service, Name = name[..colon], Port = port } : null;
    }

    private static List<Uri> Members(string text)
    {
        var members = new List<Uri>();
        foreach (string member in text.Split(','))
        {
            if (!Uri.TryCreate(member, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0) return [];
            members.Add(address);
        }
        return members;
    }
}
