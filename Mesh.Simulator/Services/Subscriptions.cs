using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Simulator.Services;

/// <summary>What a world's proxies subscribe to: the services that they call, those that get copies of these calls, and their own.</summary>
internal static class Subscriptions
{
    /// <summary>The subscription of the sidecars of a service.</summary>
    public static Subscription Of(ServiceConfig service, WorldConfig world, MeshDirectory directory) =>
        To(service.Classes.SelectMany(one => one.Script).SelectMany(Called).Prepend(service.Name), world, directory);

    /// <summary>The subscription of the ingress.</summary>
    public static Subscription OfIngress(WorldConfig world, MeshDirectory directory) =>
        To(world.Workloads.Select(workload => workload.To), world, directory);

    private static Subscription To(IEnumerable<string> called, WorldConfig world, MeshDirectory directory)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(called);
        while (open.TryPop(out string? name))
        {
            if (!names.Add(name)) continue;
            var policy = world.Mesh.PolicyFor(name);
            foreach (var mirror in (policy.Routes ?? []).Select(route => route.Policy.Mirror).Append(policy.Mirror))
                if (mirror?.To is { } copy) open.Push(copy);
        }
        return Subscription.To(names.Select(directory.AddService));
    }

    private static IEnumerable<string> Called(StepConfig step) => step switch
    {
        CallStep call => [call.To],
        ParallelStep parallel => parallel.Branches.SelectMany(Called),
        OneOfStep choice => choice.Branches.SelectMany(branch => Called(branch.Step)),
        _ => [],
    };
}
