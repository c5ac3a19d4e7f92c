using System.IO.Hashing;
using System.Runtime.InteropServices;
using Mesh.Runtime.Model;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The names behind the numbers of a live world's events: the same numbers in every process that enters the same scenario's.</summary>
internal static class LiveNames
{
    /// <summary>Enters services and classes of requests, as the virtual world names them: by the services, their calls, and the load. Each service has its catch-all class from the beginning, so that no request adds one.</summary>
    public static void Enter(WorldConfig config, MeshDirectory directory)
    {
        var distributions = new Distributions();
        directory.AddService(World.Ingress);
        foreach (var service in config.Services) directory.AddService(service.Name);
        foreach (var service in config.Services)
            foreach (var version in service.Versions) _ = new VersionModel(service, version, directory, distributions);
        foreach (var workload in config.Workloads)
            foreach (var kind in workload.Mix) directory.AddClass(workload.To, kind.Path);
        directory.AddRouteClasses(config.Mesh);
        foreach (string service in directory.Services.ToList()) directory.AddClass(service, MeshDirectory.AnyPath);
        directory.CloseClasses();
    }

    /// <summary>A number that two directories share when they have the same services and classes in the same order.</summary>
    public static ulong Fingerprint(MeshDirectory directory)
    {
        var hash = new XxHash3();
        foreach (string service in directory.Services) Append(service);
        foreach (var known in directory.Classes)
        {
            Append(known.Service);
            Append(known.Path);
        }
        return hash.GetCurrentHashAsUInt64();

        void Append(string name)
        {
            hash.Append(MemoryMarshal.AsBytes(name.AsSpan()));
            hash.Append([0]);
        }
    }
}
