namespace Mesh.Simulator.Time;

/// <summary>Events went on causing each other at one instant, so virtual time stood still.</summary>
public sealed class LivelockException : Exception
{
    internal LivelockException(long instant, long fired, IReadOnlyList<(string Event, int Count)> culprits)
        : base(Describe(instant, fired, culprits))
    {
        Instant = instant;
        Culprits = culprits;
    }

    /// <summary>The instant, in ticks of 100 ns since the world began.</summary>
    public long Instant { get; }

    /// <summary>What fired in the last events before the loop gave up, the most frequent first.</summary>
    public IReadOnlyList<(string Event, int Count)> Culprits { get; }

    private static string Describe(long instant, long fired, IReadOnlyList<(string Event, int Count)> culprits)
    {
        double seconds = (double)instant / TimeSpan.TicksPerSecond;
        var names = culprits.Take(5).Select(culprit => $"{culprit.Event} ({culprit.Count})");
        return FormattableString.Invariant(
            $"Virtual time stands still at {seconds:0.#######} s: {fired} events fired at this one instant. The last {culprits.Sum(c => c.Count)} were ")
            + string.Join(", ", names) + ". Look for events that schedule each other without delay.";
    }
}
