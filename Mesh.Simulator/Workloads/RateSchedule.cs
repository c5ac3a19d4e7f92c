namespace Mesh.Simulator.Workloads;

/// <summary>
/// A rate over time, in stages that are level or ramp linearly, as its integral: the expected number of arrivals up to a time.
/// Inverting the integral turns arrivals of unit rate into arrivals of this rate (time change of a Poisson process).
/// </summary>
internal sealed class RateSchedule
{
    private readonly Stage[] _stages;
    private int _current;

    public RateSchedule(IReadOnlyList<StageConfig> stages)
    {
        _stages = new Stage[stages.Count];
        double start = 0, expected = 0;
        for (int i = 0; i < _stages.Length; i++)
        {
            var (seconds, from, to) = (stages[i].For.TotalSeconds, stages[i].Rate, stages[i].RampTo ?? stages[i].Rate);
            _stages[i] = new Stage(start, expected, from, (to - from) / seconds, expected + (from + to) / 2 * seconds);
            start += seconds;
            expected = _stages[i].ExpectedAtEnd;
        }
    }

    private readonly record struct Stage(double Start, double Expected, double Rate, double Slope, double ExpectedAtEnd);

    /// <summary>When, in ticks, <paramref name="expected"/> arrivals are expected; -1 when there are never so many. Asked in rising order.</summary>
    public long TimeOf(double expected)
    {
        while (_current < _stages.Length && expected > _stages[_current].ExpectedAtEnd) _current++;
        if (_current == _stages.Length) return -1;
        var stage = _stages[_current];
        double missing = expected - stage.Expected;
        // rate·t + slope/2·t² = missing, in the form that also holds for slope 0
        double t = 2 * missing / (stage.Rate + Math.Sqrt(Math.Max(0, stage.Rate * stage.Rate + 2 * stage.Slope * missing)));
        return (long)Math.Round((stage.Start + t) * TimeSpan.TicksPerSecond);
    }
}
