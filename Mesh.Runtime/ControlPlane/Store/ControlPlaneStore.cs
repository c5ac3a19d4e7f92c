using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Injection;

namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>What a control plane must not forget: faults in force, join tokens and the journal, in one SQLite file. What is acknowledged is on the disk.</summary>
public sealed class ControlPlaneStore : IDisposable
{
    /// <summary>The file's name within the state directory.</summary>
    public const string FileName = "control-plane.db";

    private readonly Database _database;

    private ControlPlaneStore(Database database, IFaultReader reader, TimeProvider time)
    {
        _database = database;
        Journal = new Journal(database, time);
        Faults = new StoredFaults(database, Journal, reader, time);
        JoinTokens = new StoredJoinTokens(database);
    }

    /// <summary>Its join tokens.</summary>
    public IJoinTokenStore JoinTokens { get; }

    internal IFaultStore Faults { get; }

    internal Journal Journal { get; }

    /// <summary>The store in a directory, which is made, for its owner alone, where there is none.</summary>
    /// <param name="directory">The state directory.</param>
    /// <param name="reader">Understands faults as they were written.</param>
    /// <param name="time">The control plane's clock.</param>
    /// <exception cref="StoreException">The file is damaged, another program's, of a newer MeshLab, or in use; it is as it was.</exception>
    /// <exception cref="Mesh.Runtime.Security.Identities.IdentityException">The directory is open to others.</exception>
    public static ControlPlaneStore Open(string directory, IFaultReader reader, TimeProvider time)
    {
        PrivateFiles.EnsureFolder(directory);
        return new ControlPlaneStore(Database.Open(Path.Combine(directory, FileName)), reader, time);
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
