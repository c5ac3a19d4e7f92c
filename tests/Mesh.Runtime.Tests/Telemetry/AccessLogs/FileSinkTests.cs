using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry.AccessLogs;

public sealed class FileSinkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("meshlab-log").FullName;

    private string File1 => Path.Combine(_folder, "access.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_request_is_one_line_in_order()
    {
        await File.WriteAllTextAsync(File1, "before\n");
        await using (var telemetry = Log())
        {
            for (int i = 0; i < 5000; i++) telemetry.On(Sample.Request with { Path = $"/{i}" });
        }
        string[] lines = await File.ReadAllLinesAsync(File1);
        Assert.Equal(["before", .. Enumerable.Range(0, 5000).Select(i => $"/{i}")], lines);
    }

    [Fact]
    public async Task A_file_that_was_moved_or_deleted_is_opened_anew()
    {
        await using var telemetry = Log();
        await WriteAsync(telemetry, "/one");
        File.Move(File1, File1 + ".1");
        await WriteAsync(telemetry, "/two");
        File.Delete(File1);
        await WriteAsync(telemetry, "/three");
        File.Move(File1, File1 + ".2");
        await File.WriteAllTextAsync(File1, "");   // logrotate's create
        await WriteAsync(telemetry, "/four");
        await File.WriteAllTextAsync(File1, "");   // logrotate's copytruncate
        await WriteAsync(telemetry, "/five");
        Assert.Equal("/one\n", await File.ReadAllTextAsync(File1 + ".1"));
        Assert.Equal("/three\n", await File.ReadAllTextAsync(File1 + ".2"));
        Assert.Equal("/five\n", await File.ReadAllTextAsync(File1));
        Assert.Equal(0, telemetry.Dropped);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_costs_lines_and_nothing_else()
    {
        await using var telemetry = Log();
        Directory.Delete(_folder);
        telemetry.On(Sample.Request);
        await UntilAsync(() => telemetry.Dropped == 1);
        Directory.CreateDirectory(_folder);
        await WriteAsync(telemetry, "/again");
    }

    private LiveTelemetry Log() => Sample.Telemetry(new()
    {
        Metrics = null,
        AccessLogs = [new() { Encoding = AccessLogEncoding.Custom, Format = "%REQ(:PATH)%", Sink = new LogFileConfig { Path = File1 } }],
    });

    private async Task WriteAsync(LiveTelemetry telemetry, string path)
    {
        telemetry.On(Sample.Request with { Path = path });
        await UntilAsync(() => File.Exists(File1) && File.ReadAllText(File1).EndsWith($"{path}\n", StringComparison.Ordinal));
    }

    private static async Task UntilAsync(Func<bool> fact)
    {
        for (var limit = DateTime.UtcNow + Patience; !fact() && DateTime.UtcNow < limit;) await Task.Delay(20);
        Assert.True(fact());
    }
}
