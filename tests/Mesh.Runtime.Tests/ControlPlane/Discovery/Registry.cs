using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

/// <summary>Discovery's rules, told a story: sources say what they see, seconds pass, and the endpoints of the service <c>cart</c> are read off by the last letter of their names.</summary>
internal sealed class Registry(DiscoveryOptions? options = null)
{
    public const string Service = "cart";

    public MeshDirectory Directory { get; } = new();

    public DiscoveryState State => _state ??= new DiscoveryState(options ?? new DiscoveryOptions(), Directory);

    private DiscoveryState? _state;

    public long Now { get; private set; }

    public int Changes { get; private set; }

    public Endpoint[] Endpoints { get; private set; } = [];

    /// <summary>The endpoints, as <c>abc</c>.</summary>
    public string Seen => string.Concat(Endpoints.Select(endpoint => endpoint.Address!.Host[^1]).Order());

    public ServiceStatus Status => Assert.Single(State.Status(Now));

    public Registry At(double second)
    {
        // As its owner does: whenever something is due.
        long then = (long)(second * TimeSpan.TicksPerSecond);
        while (State.NextDue(Now) is var due && due <= then)
        {
            Now = Math.Max(due, Now + 1);
            Take(State.Advance(Now));
        }
        Now = then;
        return this;
    }

    /// <summary>Answers: small letters are ready or unknown, <c>a-</c> is not ready, <c>a~</c> is draining.</summary>
    public Registry Says(string endpoints, string source = "dns", string? error = null, double? ttl = null, string identity = "") => Apply(new ServiceObservation
    {
        Source = source,
        Service = Service,
        Endpoints = Parse(endpoints, identity),
        TakenAt = Now,
        ValidFor = ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan,
        Error = error,
    });

    public Registry Watches(string endpoints, string source = "etcd") => Apply(new ServiceObservation { Source = source, Service = Service, Endpoints = Parse(endpoints, ""), TakenAt = Now });

    public Registry Apply(ServiceObservation observation)
    {
        Take(State.Apply([observation], [], Now));
        return this;
    }

    public Registry Is(ProviderState state, string source = "etcd", double? since = null)
    {
        Take(State.Apply([], [new ProviderStatus(source, state, since is { } second ? (long)(second * TimeSpan.TicksPerSecond) : Now)], Now));
        return this;
    }

    public static ObservedEndpoint Endpoint(char letter, string identity = "") => new() { Address = new EndpointAddress($"host-{letter}", 80), Identity = identity };

    private static List<ObservedEndpoint> Parse(string text, string identity)
    {
        var endpoints = new List<ObservedEndpoint>();
        foreach (char c in text)
        {
            if (char.IsLetter(c)) endpoints.Add(Endpoint(c, identity));
            else endpoints[^1] = endpoints[^1] with { Readiness = c == '-' ? EndpointReadiness.NotReady : EndpointReadiness.Draining };
        }
        return endpoints;
    }

    private void Take(IReadOnlyList<Mesh.Runtime.ControlPlane.ServiceEndpoints> changes)
    {
        foreach (var change in changes)
        {
            Assert.Equal(Service, change.Service);
            Endpoints = [.. change.Endpoints];
            Changes++;
        }
    }
}
