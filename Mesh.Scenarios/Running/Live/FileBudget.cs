using System.Globalization;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// How many requests may be in progress before this process has no open file left: each hop of each request holds connections, and a live world that cannot open one more ends badly.
/// </summary>
internal static class FileBudget
{
    /// <summary>A hop in progress holds three connections (from the application to its sidecar, to the callee's sidecar, to the callee), of which both ends are here.</summary>
    private const int FilesOfHop = 6;

    /// <summary>Where sidecars and services are processes of their own, each has at most two of these ends: of what comes in, and of what goes out.</summary>
    private const int FilesOfIsolatedHop = 2;

    /// <summary>The generator's own connection to the ingress, both ends.</summary>
    private const int FilesOfRequest = 2;

    /// <summary>Half of the files are for connections in use: those that are kept, or that time-outs leave behind for a moment, need the other half.</summary>
    private const double Share = 0.5;

    /// <summary>What stands for no limit.</summary>
    public const long Unlimited = 1L << 40;

    /// <summary>The files that this process may have open, as the system says; very many where it says nothing.</summary>
    public static long Limit
    {
        get
        {
            string? line = File.Exists("/proc/self/limits") ? File.ReadLines("/proc/self/limits").FirstOrDefault(one => one.StartsWith("Max open files", StringComparison.Ordinal)) : null;
            string? soft = line?["Max open files".Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : Unlimited;
        }
    }

    /// <summary>The most requests of a scenario's load in progress at once, at least 1.</summary>
    /// <param name="world">The scenario.</param>
    /// <param name="isolated">Whether each sidecar and service has a process, and files, of its own.</param>
    /// <param name="limit">The files that a process may have open.</param>
    public static int RequestsInProgress(WorldConfig world, bool isolated, long limit)
    {
        int hops = world.Workloads.Select(workload => workload.Mix.Max(kind => Hops(world, workload.To, kind.Path, depth: 0))).DefaultIfEmpty(1).Max();
        return (int)Math.Clamp(limit * Share / ((hops * (isolated ? FilesOfIsolatedHop : FilesOfHop)) + FilesOfRequest), 1, LiveWorkloadOptions.MostInProgress);
    }

    /// <summary>Hops in progress at once, at most, for one request to a service: its own, and those of what it calls at once.</summary>
    private static int Hops(WorldConfig world, string service, string path, int depth)
    {
        var callee = world.Services.FirstOrDefault(one => one.Name == service);
        if (callee is null || depth > world.Services.Count) return 1;   // beyond, it is a circle of paths, which validation bounds
        var script = callee.Classes.FirstOrDefault(one => one.Path == path)?.Script ?? [];
        return 1 + script.Select(step => Hops(world, step, depth + 1)).DefaultIfEmpty(0).Max();
    }

    private static int Hops(WorldConfig world, StepConfig step, int depth) => step switch
    {
        CallStep call => Hops(world, call.To, call.Path, depth),
        ParallelStep parallel => parallel.Branches.Sum(branch => Hops(world, branch, depth)),
        OneOfStep choice => choice.Branches.Max(branch => Hops(world, branch.Step, depth)),
        _ => 0,
    };
}
