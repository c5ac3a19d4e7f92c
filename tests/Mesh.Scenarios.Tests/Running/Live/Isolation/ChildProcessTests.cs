using Mesh.Scenarios.Import;
using Mesh.Scenarios.Running.Live.Isolation;

namespace Mesh.Scenarios.Tests.Running.Live.Isolation;

/// <summary>A process that cannot be what it shall be, or is gone, is told with its reason to whoever asks it.</summary>
public sealed class ChildProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ScenarioText Shop = new("shop.yaml", "version: 1\nduration: 1s\nservices: {shop: {}}\nworkload: [{to: shop, rate: 1/s}]\n", [], new ImportOptions());

    [Fact]
    public async Task Who_has_another_scenario_than_the_runner_says_so_at_its_start()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => StartAsync(Shop, names: 1));
        Assert.StartsWith("sidecar of a test: the scenario has other names here", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<IOException>(() => StartAsync(Shop with { Text = "version: 1\nservices: {shop: {replicas: many}}" }, names: 1));
        Assert.Contains("shop.yaml:2:", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Who_is_killed_is_told_with_the_signal_and_nobody_waits_for_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "there are no signals on Windows");
        var listener = new Listener();
        await using var process = ChildProcess.Start("sidecar of a test", listener);
        await Assert.ThrowsAsync<IOException>(() => process.AskAsync<Usage>(new ReadUsage()).WaitAsync(Limit));   // not started: an answer all the same
        using (var kill = System.Diagnostics.Process.Start("kill", ["-KILL", $"{process.Id}"])) await kill.WaitForExitAsync();
        string how = await listener.Ended.Task.WaitAsync(Limit);
        Assert.Equal($"sidecar of a test (process {process.Id}) was ended by signal 9.", how);
        var error = await Assert.ThrowsAsync<IOException>(() => process.AskAsync<Done>(new Flush()).WaitAsync(Limit));
        Assert.Equal(how, error.Message);
    }

    private static async Task StartAsync(ScenarioText scenario, ulong names)
    {
        await using var process = ChildProcess.Start("sidecar of a test", new Listener());
        var world = new SharedWorld(scenario, 1, TimeProvider.System.GetTimestamp(), DateTimeOffset.UtcNow, names);
        await process.AskAsync<Started>(new StartSidecar(world, null, [], Events: false, [], null)).WaitAsync(Limit);
    }

    private sealed class Listener : IChildListener
    {
        public TaskCompletionSource<string> Ended { get; } = new();

        public void OnEvents(ReadOnlySpan<byte> events) { }

        public void OnLines(ReadOnlySpan<byte> lines) { }

        public void OnLost(long count) { }

        public Message OnSign(byte[] request) => new Failed("there is no authority in this test");

        public void OnEnd(string how) => Ended.TrySetResult(how);
    }
}
