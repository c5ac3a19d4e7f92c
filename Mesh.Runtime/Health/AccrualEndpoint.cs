namespace Mesh.Runtime.Health;

/// <summary>What failure accrual knows about one endpoint.</summary>
internal sealed class AccrualEndpoint(int endpoint, SuccessWindow? window)
{
    /// <summary>The endpoint's id.</summary>
    public int Endpoint => endpoint;

    /// <summary>The success rate, where the policy has a rule on it.</summary>
    public SuccessWindow? Window => window;

    /// <summary>Whether requests go to it.</summary>
    public AccrualPhase Phase { get; set; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; set; }

    /// <summary>When it was shut, in ticks.</summary>
    public long ShutAt { get; set; }

    /// <summary>When a request may try it again, in ticks.</summary>
    public long Due { get; set; }

    /// <summary>Tries that failed since it was shut.</summary>
    public int Tries { get; set; }

    /// <summary>When the request that tries it was let through, in ticks.</summary>
    public long TriedAt { get; set; }

    /// <summary>How long its last answer with <c>Retry-After</c> asked to be left alone, in ticks; 0 without one.</summary>
    public long Hint { get; set; }

    /// <summary>When that answer came, in ticks.</summary>
    public long HintAt { get; set; }

    /// <summary>How many penalties were drawn.</summary>
    public int Draws { get; set; }
}

/// <summary>How far an endpoint is trusted.</summary>
internal enum AccrualPhase
{
    /// <summary>Requests go to it.</summary>
    Available,
    /// <summary>None do.</summary>
    Shut,
    /// <summary>One may try it.</summary>
    Probation,
    /// <summary>One tries it.</summary>
    Trying,
}
