using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests;

/// <summary>Writes decisions by hand: a mesh in which nothing happens but what a test says.</summary>
internal sealed class ToyMesh
{
    private ulong _request;

    public MeshDirectory Directory { get; } = new();

    public List<MeshEvent> Events { get; } = [];

    public static long Ms(double milliseconds) => (long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond);

    public int Proxy(string service)
    {
        int id = Directory.AddService(service);
        foreach (var proxy in Directory.Proxies)
            if (proxy.ServiceId == id) return proxy.Id;
        return Directory.AddProxy($"{service}-0", service, "");
    }

    public Endpoint Endpoint(string service, string? name = null)
    {
        string wanted = name ?? $"{service}-0";
        return Directory.Endpoints.FirstOrDefault(endpoint => endpoint.Name == wanted)
            ?? Directory.AddEndpoint(id => new Endpoint { Id = id, Name = wanted, Service = service, Zone = "a" });
    }

    /// <summary>One request from start (ms) over as many attempts as given, the last of which decides. Each attempt takes an equal share of the time.</summary>
    public ToyMesh Call(string from, string to, string path, double startMs, double tookMs, int status = 200, int attempts = 1, ResponseFlags flags = 0)
    {
        int proxy = Proxy(from);
        var @class = Directory.AddClass(to, path);
        int endpoint = Endpoint(to).Id;
        long start = Ms(startMs), took = Ms(tookMs), share = attempts == 0 ? 0 : took / attempts;
        ulong request = ++_request;
        MeshEvent Event(MeshEventKind kind, long at) => new()
        {
            At = at, Kind = kind, Proxy = proxy, Service = @class.ServiceId, Class = @class.Id, Request = request, Endpoint = -1,
        };

        Add(Event(MeshEventKind.RequestStarted, start) with { Bytes = 100 });
        for (int i = 0; i < attempts; i++)
        {
            int outcome = i == attempts - 1 ? status : 503;
            Add(Event(MeshEventKind.AttemptStarted, start + i * share) with { Attempt = i, Endpoint = endpoint });
            Add(Event(MeshEventKind.InboundEnded, start + (i + 1) * share) with { Proxy = Proxy(to), Outcome = outcome, Duration = share / 2 });
            Add(Event(MeshEventKind.AttemptEnded, start + (i + 1) * share) with { Attempt = i, Endpoint = endpoint, Outcome = outcome, Duration = share });
        }
        Add(Event(MeshEventKind.RequestEnded, start + took) with
        {
            Attempt = attempts - 1, Outcome = status, Flags = flags, Duration = took, Bytes = 1000, FirstFailure = attempts > 1 ? start + share : 0,
        });
        return this;
    }

    public ToyMesh Breaker(string from, string to, double atMs, int state)
    {
        Add(new MeshEvent { At = Ms(atMs), Kind = MeshEventKind.BreakerChanged, Proxy = Proxy(from), Service = Directory.AddService(to), Class = -1, Endpoint = -1, Outcome = state });
        return this;
    }

    public ToyMesh Ejected(string to, int endpoint, double atMs) => Health(MeshEventKind.EndpointEjected, to, endpoint, atMs, 0);

    public ToyMesh Returned(string to, int endpoint, double atMs, double awayMs) => Health(MeshEventKind.EndpointReadmitted, to, endpoint, atMs, awayMs);

    private ToyMesh Health(MeshEventKind kind, string to, int endpoint, double atMs, double awayMs)
    {
        Add(new MeshEvent { At = Ms(atMs), Kind = kind, Proxy = Proxy("ingress"), Service = Directory.AddService(to), Class = -1, Endpoint = endpoint, Duration = Ms(awayMs) });
        return this;
    }

    public void Add(MeshEvent e) => Events.Add(e);

    /// <summary>Hands the decisions over in the order of their times.</summary>
    public void Play(IMeshEvents listener)
    {
        foreach (var e in Events.OrderBy(e => e.At)) listener.On(e);
    }
}
