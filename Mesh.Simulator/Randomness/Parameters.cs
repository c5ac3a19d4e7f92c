namespace Mesh.Simulator.Randomness;

/// <summary>A percentile that was given.</summary>
/// <param name="Name">As in <c>p99</c>.</param>
/// <param name="Level">As in 0.99.</param>
/// <param name="Value">In seconds.</param>
internal readonly record struct Percentile(string Name, double Level, double Value);

/// <summary>What was given of a <see cref="DistributionConfig"/>, checked as far as no family matters.</summary>
internal sealed class Parameters
{
    private static readonly string[] Times = ["mean", "min", "p50", "p90", "p95", "p99", "p999", "max"];
    private readonly List<(string Name, double Value)> _given = [];

    public Parameters(DistributionConfig config)
    {
        Config = config;
        Note("mean", config.Mean);
        Note("cv", config.Cv);
        Note("shape", config.Shape);
        Note("min", config.Min);
        NotePercentile("p50", 0.5, config.P50);
        NotePercentile("p90", 0.9, config.P90);
        NotePercentile("p95", 0.95, config.P95);
        NotePercentile("p99", 0.99, config.P99);
        NotePercentile("p999", 0.999, config.P999);
        Note("max", config.Max);
        CheckNumbers();
        CheckOrder();
    }

    public DistributionConfig Config { get; }

    /// <summary>Percentiles in rising order; without minimum and maximum.</summary>
    public List<Percentile> Percentiles { get; } = [];

    public int Count => _given.Count;

    public bool Has(string name) => _given.Exists(given => given.Name == name);

    /// <summary>How many of these were given.</summary>
    public int CountOf(params ReadOnlySpan<string> names)
    {
        int count = 0;
        foreach (string name in names)
            count += Has(name) ? 1 : 0;
        return count;
    }

    /// <summary>What was given, such as <c>mean 8 ms, p99 40 ms</c>.</summary>
    public string Describe() => string.Join(", ", _given.Select(given => $"{given.Name} {Show(given.Name, given.Value)}"));

    /// <summary>Refuses any parameter that the family has no use for.</summary>
    public void Allow(string family, string rule, params string[] names)
    {
        foreach (var (name, _) in _given)
        {
            if (!names.Contains(name))
                throw new DistributionException(name, $"is given, but {family} has no use for it: {rule}.");
        }
    }

    /// <summary>Refuses zero, for families that live above it.</summary>
    public void RequirePositive(string family)
    {
        foreach (var (name, value) in _given)
        {
            if (value == 0)
                throw new DistributionException(name, $"is {Show(name, value)}, but every value of {family} is above 0: give more than 0, or leave it out.");
        }
    }

    private static string Show(string name, double value) => Times.Contains(name) ? HumanTime.Format(value) : HumanTime.Number(value);

    private void Note(string name, double? value)
    {
        if (value is { } given)
            _given.Add((name, given));
    }

    private void NotePercentile(string name, double level, double? value)
    {
        Note(name, value);
        if (value is { } given)
            Percentiles.Add(new Percentile(name, level, given));
    }

    private void CheckNumbers()
    {
        foreach (var (name, value) in _given)
        {
            bool aboveZero = name is "cv" or "shape";
            if (double.IsFinite(value) && (aboveZero ? value > 0 : value >= 0))
                continue;
            string remedy = name == "cv" && value == 0 ? " (for no variation at all: distribution: constant)" : "";
            throw new DistributionException(name, $"is {Show(name, value)}: give a finite number {(aboveZero ? "above 0" : "of 0 or more")}{remedy}.");
        }
    }

    private void CheckOrder()
    {
        (string Name, double Value)? lower = null;
        foreach (var given in _given.Where(given => Times.Contains(given.Name) && given.Name != "mean"))
        {
            if (lower is { } below && given.Value < below.Value)
            {
                throw new DistributionException(given.Name,
                    $"is {HumanTime.Format(given.Value)}, less than {below.Name} ({HumanTime.Format(below.Value)}): a higher percentile is never the smaller one.");
            }
            lower = given;
        }
        if (Config is { Mean: { } mean, Min: { } min } && mean < min)
            throw new DistributionException("mean", $"is {HumanTime.Format(mean)}, less than min ({HumanTime.Format(min)}): a mean lies between min and max.");
        if (Config is { Mean: { } average, Max: { } max } && average > max)
            throw new DistributionException("mean", $"is {HumanTime.Format(average)}, more than max ({HumanTime.Format(max)}): a mean lies between min and max.");
    }
}
