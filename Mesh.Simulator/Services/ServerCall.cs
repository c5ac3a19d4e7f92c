namespace Mesh.Simulator.Services;

/// <summary>A request inside a replica. Pooled by the host.</summary>
public sealed class ServerCall
{
    /// <summary>A call that stands for no request yet.</summary>
    public ServerCall() => Waiting = new LinkedListNode<ServerCall>(this);

    /// <summary>What the replica does for it.</summary>
    public ClassModel Class { get; private set; } = null!;

    /// <summary>The key of its draws.</summary>
    public ulong Key { get; private set; }

    /// <summary>The attempt's number, which its draws depend on too.</summary>
    public int Attempt { get; private set; }

    /// <summary>Ticks of the replica's own work that it needs.</summary>
    public long Demand { get; set; }

    /// <summary>The next step of the script.</summary>
    public int Step { get; set; }

    /// <summary>Branches under way.</summary>
    public int Pending { get; set; }

    /// <summary>Whether a call that matters has failed.</summary>
    public bool Failed { get; set; }

    /// <summary>Whether the client went away and the replica stops working for it.</summary>
    public bool Abandoned { get; set; }

    /// <summary>Whether the replica crashed with it: what still comes back for it finds nobody.</summary>
    public bool Lost { get; set; }

    /// <summary>Whether it holds a worker.</summary>
    public bool HoldsWorker { get; set; }

    /// <summary>Its place in a queue.</summary>
    public LinkedListNode<ServerCall> Waiting { get; }

    /// <summary>What the host keeps for it.</summary>
    public object? Host { get; init; }

    /// <summary>Stands for a request from now on.</summary>
    /// <param name="what">What the replica does for it.</param>
    /// <param name="key">The request's key.</param>
    /// <param name="attempt">The attempt's number, from 0.</param>
    public void Begin(ClassModel what, ulong key, int attempt)
    {
        Class = what;
        Key = key;
        Attempt = attempt;
        Step = Pending = 0;
        Failed = Abandoned = HoldsWorker = false;
    }
}
