using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>What a service must keep to for a proxy to work by it. Both sides hold to it: the control plane before it sends, the proxy before it takes over.</summary>
internal static class SnapshotRules
{
    private const int MaxWeight = 128;

    /// <summary>Everything that is wrong with a snapshot; empty where a proxy can work by it.</summary>
    public static IReadOnlyList<string> Problems(MeshSnapshot snapshot) => [.. snapshot.Services.SelectMany(Problems), .. Duplicates(snapshot)];

    /// <summary>Everything that is wrong with a service.</summary>
    public static IEnumerable<string> Problems(ServiceModel service)
    {
        if (service.Name.Length == 0) yield return $"service {service.Id} has no name";
        int last = -1;
        foreach (var endpoint in service.Endpoints)
        {
            string who = $"endpoint '{endpoint.Name}' of service '{service.Name}'";
            if (endpoint.Id <= last) yield return $"{who} has the id {endpoint.Id} after {last}; ids are unique and ascend from 0";
            last = Math.Max(last, endpoint.Id);
            if (endpoint.Service != service.Name) yield return $"{who} says that it serves '{endpoint.Service}'";
            if (endpoint.Weight is < 1 or > MaxWeight) yield return $"{who} has the weight {endpoint.Weight}; a weight is from 1 to {MaxWeight}";
            if (endpoint.Address is { Port: < 1 or > ushort.MaxValue } address) yield return $"{who} has the port {address.Port}; a port is from 1 to {ushort.MaxValue}";
        }
        foreach (string problem in Problems(service.Name, service.Policy.Config)) yield return problem;
        foreach (var fault in service.Faults)
        {
            if (fault.Fault.Service != service.Name) yield return $"the fault '{fault.Fault.Id}' of service '{service.Name}' says that it is of '{fault.Fault.Service}'";
            foreach (string problem in Problems(fault.Fault)) yield return problem;
        }
    }

    private static IEnumerable<string> Duplicates(MeshSnapshot snapshot) => !snapshot.IsAfflicted ? []
        : snapshot.Services.SelectMany(service => service.Faults).CountBy(fault => fault.Fault.Id).Where(count => count.Value > 1).Select(count => $"there are {count.Value} faults '{count.Key}'; a fault's id is its own");

    /// <summary>Everything that is wrong with a fault.</summary>
    public static IEnumerable<string> Problems(FaultOrder order)
    {
        var fault = order.Fault;
        if (order.Id.Length == 0) yield return $"a fault of service '{order.Service}' has no id";
        if (fault.Site == FaultSite.Request && (order.Version ?? order.Zone) is not null)
            yield return $"the fault '{order.Id}' is of the site 'request', where no endpoint is picked yet; leave its version and zone out, or write the site 'attempt'";
        foreach (double share in new[] { fault.Percent, fault.AbortPercent ?? 0 })
            if (share is not (>= 0 and <= 1)) yield return $"the fault '{order.Id}': {share} is no share; write 0 to 1";
    }

    /// <summary>Everything that is wrong with the policy of calls to a service.</summary>
    public static IEnumerable<string> Problems(string service, PolicyConfig policy)
    {
        if (policy.PanicThreshold is { } panic && panic is not (>= 0 and <= 1)) yield return $"service '{service}': a panic threshold of {panic} is no share; write 0 to 1";
        foreach (var (name, time) in new[] { ("timeout", policy.Timeout), ("per-try timeout", policy.PerTryTimeout), ("idle timeout", policy.IdleTimeout) })
            if (time < TimeSpan.Zero) yield return $"service '{service}': a {name} of {time} is in the past; write 0 or more";
        if (policy.Retries is { Attempts: < 0 }) yield return $"service '{service}': {policy.Retries.Attempts} retries are fewer than none";
        foreach (var route in policy.Routes ?? [])
            foreach (string problem in Problems(service, route.Policy)) yield return problem;
    }
}
