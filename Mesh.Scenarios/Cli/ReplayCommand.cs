using Mesh.Scenarios.Language;

namespace Mesh.Scenarios.Cli;

/// <summary>The command that runs something again, ready to be pasted into a shell.</summary>
internal static class ReplayCommand
{
    /// <summary>The command for a scenario, with the arguments that change its result.</summary>
    public static string For(ScenarioFile scenario, RunSettings settings)
    {
        var words = new List<string> { "run", scenario.File };
        if (settings.Live) words.Add("--live");
        if (settings.Isolate) words.Add("--isolate");
        Add("--rate", settings.Import.Rate);
        Add("--duration", settings.Import.Duration);
        Add("--service-time", settings.Import.ServiceTime);
        Add("--policy", settings.Import.Policy);
        foreach (string set in settings.Sets) Add("--set", set);
        Add("--seed", scenario.World.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (settings.Replications is not null) Add("--replications", scenario.Replications.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Of(words);

        void Add(string option, string? value)
        {
            if (value is not null) words.AddRange([option, value]);
        }
    }

    /// <summary>The command with these arguments, as the user calls the program.</summary>
    public static string Of(IEnumerable<string> words) => $"{Program()} {Quote(words)}";

    /// <summary>Words as one line of a POSIX shell.</summary>
    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,@%+".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // The launcher says how it was called; without it, the project is run by dotnet.
    private static string Program() => Environment.GetEnvironmentVariable("MESHLAB_COMMAND") is { Length: > 0 } launcher ? launcher : "dotnet run -c Release --project Mesh.Scenarios --";
}
