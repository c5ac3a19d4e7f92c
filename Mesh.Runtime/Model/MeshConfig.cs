namespace Mesh.Runtime.Model;

/// <summary>
/// What the user wrote about the mesh's behaviour, in layers: the <see cref="Profile"/>'s policy, over it <see cref="Defaults"/> for every service,
/// overridden key by key in <see cref="Services"/>, and there by the service's routes. <c>null</c> everywhere means "take the layer below".
/// </summary>
public sealed record MeshConfig
{
    /// <summary>What the named mesh does when nothing is said; <c>null</c> is MeshLab's own defaults, which each policy documents.</summary>
    public MeshProfile? Profile { get; init; }

    /// <summary>Policy of every service that says nothing else.</summary>
    public PolicyConfig Defaults { get; init; } = new();

    /// <summary>Policy for calls to one service, by its name.</summary>
    public IReadOnlyDictionary<string, PolicyConfig> Services { get; init; } = new Dictionary<string, PolicyConfig>();

    /// <summary>The effective policy for calls to <paramref name="service"/>.</summary>
    public PolicyConfig PolicyFor(string service)
    {
        var written = WrittenFor(service);
        return Profile is { } profile ? MeshProfiles.Adapt(profile, written.Over(MeshProfiles.PolicyOf(profile, written))) : written;
    }

    /// <summary>What the user wrote for calls to <paramref name="service"/>: its own policy over the defaults.</summary>
    public PolicyConfig WrittenFor(string service) => Services.TryGetValue(service, out var own) ? own.Over(Defaults) : Defaults;
}
