namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>Where faults in force are kept. Each call is one transaction with its journal entries, and is durable when it returns.</summary>
internal interface IFaultStore
{
    /// <summary>What was in force, the oldest first, in ticks of the clock that runs now: a lease that went on while nobody ran has gone on.</summary>
    IReadOnlyList<LeasedFault> Load();

    /// <summary>A fault begins.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    void Begun(LeasedFault fault);

    /// <summary>A fault's lease runs anew.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    void Renewed(LeasedFault fault);

    /// <summary>Faults end.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    void Ended(IReadOnlyList<LeasedFault> faults, string by, string why);
}
