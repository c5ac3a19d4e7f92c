using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>The parts of a service by name: a subset of the policy, else a version.</summary>
internal static class Subsets
{
    /// <summary>The endpoints of a part, in order of their ids; all of them, as the same array, where <paramref name="name"/> is <c>null</c>.</summary>
    public static Endpoint[] Find(ServiceModel model, string? name)
    {
        if (name is null) return model.Endpoints;
        if (model.Policy.Config.Subsets?.GetValueOrDefault(name) is { } subset) return Array.FindAll(model.Endpoints, endpoint => Has(endpoint, subset));
        return Array.FindAll(model.Endpoints, endpoint => endpoint.Version == name);
    }

    private static bool Has(Endpoint endpoint, SubsetConfig subset)
    {
        foreach (var (name, value) in subset.Labels)
        {
            if (LabelOf(endpoint, name) != value) return false;
        }
        return true;
    }

    private static string? LabelOf(Endpoint endpoint, string name)
    {
        foreach (var label in endpoint.Labels)
        {
            if (label.Key == name) return label.Value;
        }
        return name == SubsetConfig.VersionLabel ? endpoint.Version : null;
    }
}
