using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Language;
using Mesh.Scenarios.Tests.Running;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary>How the process itself ends.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    [SkippableFact]
    public async Task Ctrl_C_ends_a_run_cleanly_with_what_was_measured()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGINT to send on Windows");
        string file = _meshlab.Write("long.yaml", Reads.Small), trace = _meshlab.File("started.tsv");
        using var process = MeshLabProcess.Start("run", file, "--set", "duration=1000h", "--json", "--report", _meshlab.File("r"), "--trace", trace);
        // The trace's first bytes reach the disk when the run is well under way.
        while (!File.Exists(trace) || new FileInfo(trace).Length == 0) await Task.Delay(20);
        process.Interrupt();
        var (code, output, _) = process.End();
        Assert.Equal(ExitCode.Stopped, code);
        Assert.Equal("cancelled", JsonDocument.Parse(output).RootElement.GetProperty("stopReason").GetString());
        Assert.True(File.Exists(_meshlab.File("r/report.html")));
    }

    [Fact]
    public void A_bug_ends_with_70_a_short_message_and_no_stack_trace()
    {
        var error = new StringWriter();
        Assert.Equal(ExitCode.Bug, CommandLine.Run(["schema"], new Terminal(new BrokenWriter(), error)));
        Assert.Contains("This is a bug in MeshLab", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("meshlab schema", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
    }

    private sealed class BrokenWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new InvalidOperationException("broken on purpose");
    }
}
