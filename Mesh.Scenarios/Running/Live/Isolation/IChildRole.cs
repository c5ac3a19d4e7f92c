using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>What a process of an isolated world is: a sidecar or a service. To dispose of it is to end it with time for what is under way.</summary>
internal interface IChildRole : IAsyncDisposable
{
    /// <summary>The faults that it does.</summary>
    IFaultDesk Faults { get; }

    /// <summary>What it says when it is ready.</summary>
    Started Started { get; }

    /// <summary>Takes over the endpoints that there are now.</summary>
    void Take(Listing listing);

    /// <summary>What its workers did so far.</summary>
    ReplicaReading Read();

    /// <summary>Tells every decision until now.</summary>
    void Flush();
}

/// <summary>The world as one of its processes has it.</summary>
/// <param name="Config">The scenario's world.</param>
/// <param name="Directory">The names behind the numbers of events.</param>
/// <param name="Time">The world's time.</param>
internal sealed record ChildWorld(WorldConfig Config, MeshDirectory Directory, LiveTime Time)
{
    /// <summary>The same world as the runner's.</summary>
    /// <exception cref="IOException">It is another one.</exception>
    public static ChildWorld Of(SharedWorld shared)
    {
        var problems = new Problems();
        var scenario = shared.Scenario.Read(problems) ?? throw new IOException($"the scenario does not read here: {string.Join("; ", problems.Sorted())}");
        var config = scenario.World with { Seed = shared.Seed };
        var directory = new MeshDirectory();
        LiveNames.Enter(config, directory);
        if (LiveNames.Fingerprint(directory) != shared.Names) throw new IOException("the scenario has other names here than in the runner: the program has changed since that was started.");
        return new ChildWorld(config, directory, new LiveTime(shared.Origin, shared.Began));
    }

    /// <summary>A replica of this world.</summary>
    public ReplicaPlan Plan(ReplicaPlace place)
    {
        var service = Config.Services.First(one => one.Name == place.Endpoint.Service);
        return new ReplicaPlan(service, service.Versions.First(one => one.Name == place.Endpoint.Version), place.Number, place.Endpoint, place.Application);
    }

    /// <summary>Enters endpoints that are not known yet.</summary>
    public void Enter(IReadOnlyList<Endpoint> endpoints)
    {
        for (int id = Directory.Endpoints.Count; id < endpoints.Count; id++) Directory.AddEndpoint(_ => endpoints[id]);
    }
}
