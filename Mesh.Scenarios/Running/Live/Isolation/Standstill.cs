using System.Diagnostics;
using System.Globalization;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// A process stands still (SIGSTOP) until this is disposed of. A stopped process cannot notice that its parent is gone; so a shell beside it reads a pipe that only this process holds, and lets it go on
/// when the pipe is closed: by us, or by the kernel when we are gone, however we died.
/// </summary>
internal sealed class Standstill : IAsyncDisposable
{
    private const string Keeper = """
        trap '' INT TERM HUP
        kill -s STOP "$1" 2>/dev/null
        echo still
        cat >/dev/null
        kill -s CONT "$1" 2>/dev/null
        """;

    private readonly Process _keeper;

    private Standstill(Process keeper) => _keeper = keeper;

    /// <summary>Stops a process.</summary>
    public static async Task<Standstill> OfAsync(int process)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Keeper, "meshlab", process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var keeper = Process.Start(start)!;
        await keeper.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return new Standstill(keeper);
    }

    /// <summary>Lets it go on.</summary>
    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync().ConfigureAwait(false);
        _keeper.Dispose();
    }
}
