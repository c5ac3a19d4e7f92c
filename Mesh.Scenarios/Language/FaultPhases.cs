using Mesh.Reports.Results;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language;

/// <summary>
/// The phases that faults cut a run into: <c>NAME</c> while a fault is in force, <c>NAME.after</c> from each end of it to the next beginning of any fault or the end of the run,
/// <c>before</c> the first fault and <c>after</c> the last.
/// </summary>
internal static class FaultPhases
{
    private const string Before = "before", After = "after";

    /// <summary>The phase after the fault with this name.</summary>
    private static string AfterOf(string fault) => $"{fault}.{After}";

    /// <summary>Whether a fault may not have this name.</summary>
    public static bool IsReserved(string name) => name is Before or After || name.EndsWith($".{After}", StringComparison.Ordinal);

    /// <summary>The phases of a run. Only those in which a fault is in force are shaded in charts.</summary>
    public static IReadOnlyList<PhaseSpan> Of(WorldConfig world)
    {
        var occurrences = world.Faults.SelectMany(fault => fault.Beginnings(world.Duration).Select(at => (fault.Name, From: at.Ticks, To: (at + fault.For).Ticks))).ToList();
        if (occurrences.Count == 0) return [];
        long end = world.Duration.Ticks, last = occurrences.Max(one => one.To);
        var phases = new List<PhaseSpan>();
        long first = occurrences.Min(one => one.From);
        if (first > 0) phases.Add(Silent(Before, 0, first));
        foreach (var fault in world.Faults)
        {
            var own = occurrences.Where(one => one.Name == fault.Name).ToList();
            phases.AddRange(own.Select(one => new PhaseSpan(one.Name, one.From, Math.Min(one.To, end))));
            foreach (var one in own)
            {
                long next = occurrences.Where(other => other.To > one.To && other.Name != one.Name || other.From >= one.To).Select(other => Math.Max(other.From, one.To)).Append(end).Min();
                if (next > one.To) phases.Add(Silent(AfterOf(one.Name), one.To, next));
            }
        }
        if (last < end) phases.Add(Silent(After, last, end));
        return phases;
    }

    private static PhaseSpan Silent(string name, long from, long to) => new(name, from, to) { IsShaded = false };
}
