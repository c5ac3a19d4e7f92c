using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Running.Live.Desired;

/// <summary>What becomes different from one configuration to another, in words.</summary>
internal static class DesiredChanges
{
    public static IReadOnlyList<string> Between(DesiredState before, DesiredState after)
    {
        var notes = new List<string>();
        foreach (string service in before.Services.Keys.Union(after.Services.Keys).Order(StringComparer.Ordinal))
        {
            if (!before.Services.TryGetValue(service, out var old)) notes.Add($"service {service} is new");
            else if (!after.Services.TryGetValue(service, out var next)) notes.Add($"service {service} goes");
            else
            {
                if (!old.Select(endpoint => endpoint.Address).SequenceEqual(next.Select(endpoint => endpoint.Address))) notes.Add($"service {service}: {old.Count} addresses become {next.Count}");
                if (before.Mesh.PolicyFor(service) != after.Mesh.PolicyFor(service)) notes.Add($"service {service}: the policy changes");
            }
        }
        if (before.Mesh.Defaults != after.Mesh.Defaults) notes.Add("the defaults change");
        if (before.Mesh.Profile != after.Mesh.Profile) notes.Add($"the profile becomes {after.Mesh.Profile?.ToString().ToLowerInvariant() ?? "none"}");
        return notes;
    }
}
