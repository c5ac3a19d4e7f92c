using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>The desired configuration: files that are read whole or not at all. The composition root has the language.</summary>
public interface IDesiredConfiguration : IAsyncDisposable
{
    /// <summary>How it stands.</summary>
    ConfigurationStatus Status { get; }

    /// <summary>What is in force.</summary>
    DesiredState State { get; }

    /// <summary>The files in force.</summary>
    IReadOnlyList<ConfigurationFile> Files { get; }

    /// <summary>Begins to watch. Once only.</summary>
    /// <param name="changed">Told what is in force now, and whenever that changes; never twice at once. It must not wait.</param>
    void Start(Action<DesiredState> changed);

    /// <summary>Replaces a file, or removes it with <c>null</c>. When it completes, what was accepted is on the disk and in force.</summary>
    /// <param name="name">The file's name within the directory.</param>
    /// <param name="text">What it says; <c>null</c> removes it.</param>
    /// <param name="dryRun">Only says what would be wrong, and what would change.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<ChangeAnswer> ApplyAsync(string name, string? text, bool dryRun, CancellationToken cancellation);
}

/// <summary>What a desired configuration says.</summary>
/// <param name="Mesh">The mesh's policy.</param>
/// <param name="Services">Every service that it names, with the endpoints that it names for it: none where discovery has to find them.</param>
public sealed record DesiredState(MeshConfig Mesh, IReadOnlyDictionary<string, IReadOnlyList<ObservedEndpoint>> Services)
{
    /// <summary>Nothing.</summary>
    public static DesiredState Empty { get; } = new(new MeshConfig(), new Dictionary<string, IReadOnlyList<ObservedEndpoint>>());

    /// <summary>Everything that proxies could not work by; the language's own rules come before.</summary>
    public IEnumerable<string> Problems() => Services.Keys.Union(Mesh.Services.Keys).Order(StringComparer.Ordinal).SelectMany(service => SnapshotRules.Problems(service, Mesh.PolicyFor(service)));
}
