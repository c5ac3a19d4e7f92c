using System.Text.RegularExpressions;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Cli;
using Mesh.Scenarios.Tests.Language;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests;

/// <summary>What the gallery shows is so, and is so because of the policy that it names.</summary>
public sealed partial class GalleryTests
{
    private static readonly string[] Names = [.. Directory.EnumerateFiles(Repository.Path("scenarios/gallery"), "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. Names];

    /// <summary>The commands in the files' comments that take the policy away, or put right what is wrong.</summary>
    public static TheoryData<string> Contrasts => [.. Names.SelectMany(file => Contrast().Matches(File.ReadAllText(Of(file)))).Select(match => match.Groups[1].Value.Trim())];

    [Theory]
    [MemberData(nameof(Files))]
    public void Expectations_hold(string file)
    {
        using var meshlab = new MeshLab();
        int code = meshlab.Run("run", Of(file), "--no-report");
        Assert.True(code == ExitCode.Passed, $"{file} ended with {code}:\n{meshlab.Error}{meshlab.Output}");
    }

    [Theory]
    [MemberData(nameof(Contrasts))]
    public void Expectations_fail_under_the_command_that_shows_the_contrast(string command)
    {
        using var meshlab = new MeshLab();
        string[] words = [.. Word().Matches(command).Select(word => word.Value.Trim('\''))];
        int code = meshlab.Run(["run", Repository.Path(words[0]), .. words[1..], "--no-report"]);
        Assert.True(code == ExitCode.ExpectationFailed, $"'{command}' ended with {code}:\n{meshlab.Error}{meshlab.Output}");
    }

    /// <summary>Whatever policies and faults do to them: requests that began have ended, once each, or are still under way when the world stops.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void No_request_is_lost_or_answered_twice(string file)
    {
        var counts = new Counts();
        var config = Reads.Scenario(File.ReadAllText(Of(file))).World;
        using var world = new World(config, new MeshDirectory(), counts);
        var result = world.Run();
        Assert.True(result.Sent > 50);
        Assert.Equal(0, counts.EndedTwice);
        Assert.Equal(result.Unanswered, world.InProgress);
        if (result.Unanswered == 0) Assert.Empty(counts.UnderWay);
        else Assert.True(counts.UnderWay.Count >= result.Unanswered);
    }

    private static string Of(string file) => Repository.Path(Path.Combine("scenarios/gallery", file));

    [GeneratedRegex("meshlab run (scenarios/gallery/.*)")]
    private static partial Regex Contrast();

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();

    private sealed class Counts : IMeshEvents
    {
        public HashSet<(int Proxy, ulong Request)> UnderWay { get; } = [];

        public int EndedTwice { get; private set; }

        public void On(in MeshEvent e)
        {
            if (e.Kind == MeshEventKind.RequestStarted) UnderWay.Add((e.Proxy, e.Request));
            if (e.Kind == MeshEventKind.RequestEnded && !UnderWay.Remove((e.Proxy, e.Request))) EndedTwice++;
        }
    }
}
