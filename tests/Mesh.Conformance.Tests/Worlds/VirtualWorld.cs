using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator;
using Mesh.Simulator.Network;
using Mesh.Simulator.Time;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>The product's outbound pipeline on virtual time, before scripted applications behind the virtual network.</summary>
internal sealed class VirtualWorld : IWorld
{
    private readonly EventLoop _loop = new();
    private readonly MeshDirectory _directory = new();
    private readonly Behaviour _behaviour;
    private readonly OutboundPipeline _outbound;

    public VirtualWorld(Behaviour behaviour, PolicyConfig policy, Func<IUpstream, IUpstream>? plant)
    {
        _behaviour = behaviour;
        Time = new VirtualTimeProvider(_loop);
        Decisions = new DecisionLog(_directory);
        var random = new KeyedRandom(Case.Seed);
        var script = new Script(behaviour);
        var network = new VirtualNetwork(new WorldConfig { Duration = TimeSpan.FromHours(1), Services = [], Zones = ["here", "dark"], Network = new NetworkConfig { MutualTls = false } }, _loop, random);
        network.Add(new LinkFault("dark", new FaultSpan(0, TimeSpan.TicksPerHour), new PlaceFilter(Zone: network.ZoneOf("dark")), new PlaceFilter()) { Cuts = true });
        IUpstream way = behaviour.Grpc || behaviour.Answers.Any(answer => answer.IsBeyondTheNetwork) ? new ScriptedUpstream(script, _loop) : network;
        var plane = new DataPlane(Time, random, Decisions, plant is null ? way : plant(way)) { Directory = _directory };

        int ingress = Decisions.Proxy = _directory.AddProxy("ingress", "ingress", "");
        _outbound = new OutboundPipeline(plane, _directory.Proxies[ingress], "");
        network.Attach(ingress, _directory.FindService("ingress"), "here");
        int service = _directory.AddService("api");
        var endpoints = Enumerable.Range(0, Case.Replicas).Select(_ => _directory.AddEndpoint(id => new Endpoint { Id = id, Name = $"api-{id}", Service = "api" })).ToList();
        foreach (var endpoint in endpoints)
        {
            int proxy = _directory.AddProxy(endpoint.Name, "api", "");
            var inbound = new InboundPipeline(plane, _directory.Proxies[proxy], endpoint.Id, new ScriptedApplication(script, endpoint.Id, Time));
            network.Attach(proxy, endpoint.Id, service, behaviour.IsDarkAt(endpoint.Id) ? "dark" : "here", null, inbound, null, cancelsWork: false);
            if (behaviour.RefusesAt(endpoint.Id)) network.NodeOf(endpoint.Id).GoDown(dark: false);
        }
        _outbound.Apply(Snapshots.Of(service, policy, endpoints));
    }

    public TimeProvider Time { get; }

    public DecisionLog Decisions { get; }

    public async Task<string> SendAsync(ulong key)
    {
        var response = await _outbound.SendAsync(new MeshRequest
        {
            Class = _directory.AddClass("api", "/"),
            Method = _behaviour.Grpc ? "POST" : "GET",
            BodyBytes = _behaviour.Grpc ? 5 : 0,
            Key = key,
            IntendedStart = _loop.Now,
        }, CancellationToken.None);
        bool whole = response.Complete || await response.End;
        return ClientView.Of(response.Status, whole, _behaviour.Grpc);
    }

    /// <summary>Runs the body of a case on the event loop, until it is over.</summary>
    public void Run(Func<Task> body)
    {
        var start = new Start(body);
        _loop.ScheduleAfter(start, 0);
        do
        {
            if (!_loop.Step()) throw new InvalidOperationException($"The virtual world stands still:\n{Decisions.Trace(backoffs: true)}");
        }
        while (!start.Running!.IsCompleted);
        start.Running.GetAwaiter().GetResult();
    }

    private sealed class Start(Func<Task> body) : SimEvent
    {
        public Task? Running { get; private set; }

        protected internal override void Fire() => Running = body();
    }
}
