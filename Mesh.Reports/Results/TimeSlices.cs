namespace Mesh.Reports.Results;

/// <summary>A named span of a run: a stage of the load, a fault. Spans may overlap, and a name may come back.</summary>
/// <param name="Name">What expectations and reports call it.</param>
/// <param name="From">Its first tick.</param>
/// <param name="To">One past its last tick.</param>
public sealed record PhaseSpan(string Name, long From, long To)
{
    /// <summary>Whether charts over time shade it: a fault, not the quiet before or after one. Default true.</summary>
    public bool IsShaded { get; init; } = true;
}

/// <summary>A piece of the measured time inside which the set of phases does not change. Slices do not overlap, so that any phase is a sum of slices.</summary>
/// <param name="From">Its first tick.</param>
/// <param name="To">One past its last tick.</param>
/// <param name="Phases">The phases it belongs to, in the order of the run's list.</param>
public sealed record TimeSlice(long From, long To, IReadOnlyList<string> Phases)
{
    /// <summary>Its length in seconds.</summary>
    public double Seconds => (To - From) / (double)TimeSpan.TicksPerSecond;
}

/// <summary>Cuts the measured time into slices, and finds the slice of an instant.</summary>
internal sealed class TimeSlices
{
    private readonly TimeSlice[] _slices;
    private int _last;

    public TimeSlices(long from, long to, IReadOnlyList<PhaseSpan> phases)
    {
        var cuts = new SortedSet<long> { from, to };
        foreach (var phase in phases)
        {
            if (phase.From > from && phase.From < to) cuts.Add(phase.From);
            if (phase.To > from && phase.To < to) cuts.Add(phase.To);
        }
        _slices = cuts.Zip(cuts.Skip(1), (start, end) => new TimeSlice(start, end,
            [.. phases.Where(phase => phase.From <= start && phase.To >= end).Select(phase => phase.Name).Distinct()])).ToArray();
    }

    public IReadOnlyList<TimeSlice> All => _slices;

    /// <summary>The index of the slice that holds <paramref name="at"/>, or -1 outside the measured time.</summary>
    public int Find(long at)
    {
        // Instants come nearly in order: the slice found last is the answer, save at a boundary.
        var slices = _slices;
        if ((uint)_last < (uint)slices.Length && at >= slices[_last].From && at < slices[_last].To) return _last;
        for (int i = 0; i < slices.Length; i++)
            if (at >= slices[i].From && at < slices[i].To) return _last = i;
        return -1;
    }
}
