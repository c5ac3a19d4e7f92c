using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>The priority of an endpoint's zone for a caller in another, as failover and priorities have it.</summary>
internal static class ZoneOrder
{
    /// <summary>The priority, 0 first. Numbers without any endpoint are closed up later, as Istio does.</summary>
    public static int PriorityOf(string zone, LocalityConfig? config, string callerZone)
    {
        if (config?.Priorities is { } groups) return IndexOf(groups, zone);
        if (config?.Failover is not { } failover || callerZone.Length == 0 || zone == callerZone) return 0;
        var order = failover.GetValueOrDefault(callerZone) ?? failover.GetValueOrDefault(LocalityConfig.AnyZone) ?? [];
        int index = 0;
        while (index < order.Count && order[index] != zone) index++;
        return 1 + index;
    }

    private static int IndexOf(IReadOnlyList<IReadOnlyList<string>> groups, string zone)
    {
        int index = 0;
        while (index < groups.Count && !groups[index].Contains(zone)) index++;
        return index;
    }
}
