using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Cli;

namespace Mesh.Scenarios.Tests;

/// <summary>What a newcomer tries first.</summary>
public sealed class QuickstartTests
{
    [Fact]
    public void The_quickstart_passes_with_margin()
    {
        using var meshlab = new MeshLab();
        Assert.Equal(ExitCode.Passed, meshlab.Run("run", Repository.Path("scenarios/quickstart.yaml"), "--no-report", "--json"));
        Assert.All(JsonDocument.Parse(meshlab.Output).RootElement.GetProperty("expectations").EnumerateArray(), expectation =>
        {
            double limit = expectation.GetProperty("limit").GetDouble(), observed = expectation.GetProperty("observed").GetDouble();
            if (expectation.GetProperty("expression").GetString()!.StartsWith("latency", StringComparison.Ordinal)) Assert.True(observed < 0.7 * limit);
        });
        Assert.DoesNotContain("warning", meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_broken_sibling_fails_and_says_why_and_how_to_replay_it()
    {
        using var meshlab = new MeshLab();
        string file = Repository.Path("scenarios/quickstart-broken.yaml");
        Assert.Equal(ExitCode.ExpectationFailed, meshlab.Run("run", file, "--no-report"));
        Assert.Contains("'payments' is offered more than it can serve", meshlab.Error, StringComparison.Ordinal);
        Assert.Contains("✗ success_rate >= 99.9%", meshlab.Output, StringComparison.Ordinal);
        Assert.Contains("CO circuit open", meshlab.Output, StringComparison.Ordinal);
        Assert.Contains($"run {file} --seed 42", meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_siblings_differ_in_one_setting_only()
    {
        string[] sound = Settings("scenarios/quickstart.yaml"), broken = Settings("scenarios/quickstart-broken.yaml");
        string[] different = [.. broken.Except(sound)];
        Assert.Equal(["name", "description", "serviceTime"], different.Select(line => line.Trim().Split(':')[0]));
        Assert.Equal(sound.Length, broken.Length);
    }

    private static string[] Settings(string file) => [.. File.ReadAllLines(Repository.Path(file)).Where(line => !line.StartsWith('#'))];
}
