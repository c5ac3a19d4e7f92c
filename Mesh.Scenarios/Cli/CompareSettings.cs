using System.Globalization;
using Mesh.Scenarios.Experiments;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary>What the arguments of <c>compare</c> say.</summary>
internal sealed record CompareSettings
{
    /// <summary>Replications when neither the command line nor the file says two or more.</summary>
    public const int DefaultReplications = 5;

    public required IReadOnlyList<string> Files { get; init; }

    public IReadOnlyList<string> Vary { get; init; } = [];

    public string? Load { get; init; }

    public string? Baseline { get; init; }

    public IReadOnlyList<string> Sets { get; init; } = [];

    public string? Seed { get; init; }

    public string? Replications { get; init; }

    public string? ReportDirectory { get; init; }

    public bool NoReport { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }

    public int? Parallel { get; init; }

    /// <summary>The settings that vary.</summary>
    public IReadOnlyList<Vary> Varies(Problems problems)
    {
        var varies = Vary.Select(text => Experiments.Vary.Parse(text, problems)).OfType<Vary>().ToList();
        if (varies.GroupBy(vary => vary.Path).FirstOrDefault(group => group.Count() > 1) is { Key: var path })
            problems.Error(new Place($"--vary {path}"), "", "this path is varied twice; give all of its values at once: PATH=a,b,c.");
        return varies;
    }

    /// <summary>The loads, in the order in which they were given.</summary>
    public IReadOnlyList<double> Loads(Problems problems)
    {
        if (Load is null) return [1];
        var place = new Place($"--load {Load}");
        var loads = new List<double>();
        foreach (string text in Load.Split(','))
        {
            if (!double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double load) || load is not (> 0 and <= LoadFactor.Most))
                problems.Error(place, "", $"'{text.Trim()}' is no factor of the load; write numbers above 0 and up to {LoadFactor.Most}, such as 0.5,0.7,0.9. 1 is the load as written.");
            else if (loads.Contains(load)) problems.Error(place, "", $"the load {text.Trim()} is given twice.");
            else loads.Add(load);
        }
        return loads;
    }

    /// <summary>The command that runs it again.</summary>
    public string Replay(ulong seed, int replications)
    {
        var words = new List<string> { "compare" };
        words.AddRange(Files);
        foreach (string vary in Vary) words.AddRange(["--vary", vary]);
        if (Load is not null) words.AddRange(["--load", Load]);
        if (Baseline is not null) words.AddRange(["--baseline", Baseline]);
        foreach (string set in Sets) words.AddRange(["--set", set]);
        words.AddRange(["--seed", seed.ToString(CultureInfo.InvariantCulture), "--replications", replications.ToString(CultureInfo.InvariantCulture)]);
        return ReplayCommand.Of(words);
    }
}
