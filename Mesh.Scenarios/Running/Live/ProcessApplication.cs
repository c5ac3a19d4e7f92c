using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// A service of the user's own, started here. A shell stands beside it and reads a pipe that only this process holds: when this process is gone, however it died,
/// the kernel closes the pipe, and the shell ends the service with everything that it has started.
/// </summary>
internal sealed class ProcessApplication : ILiveApplication
{
    private const int TailLines = 20;

    /// <summary>A session of its own gives the service a process group by which all of it can be ended. What is written into the pipe is a signal's name, which all of it gets.</summary>
    private const string Keeper = """
        exec 3<&0
        setsid "$@" </dev/null 3<&- &
        service=$!
        (while read -r signal <&3; do kill -s "$signal" -- -$service; done; kill -s TERM -- -$service; kill -s CONT -- -$service; sleep 1; kill -s KILL -- -$service) >/dev/null 2>&1 &
        keeper=$!
        wait $service
        code=$?
        kill -s KILL -- $keeper -$service 2>/dev/null
        exit $code
        """;

    private readonly Process _process;
    private readonly Queue<string> _tail = new();

    private ProcessApplication(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts it, and waits until it is ready.</summary>
    /// <exception cref="IOException">It cannot be started, ends, or is not ready in time; the message has its last words.</exception>
    public static async Task<ProcessApplication> StartAsync(LiveServiceConfig config, string name, EndpointAddress address, EndpointAddress sidecar, TimeProvider time, CancellationToken cancellation)
    {
        ProcessApplication application;
        try
        {
            application = new ProcessApplication(Process.Start(Start(config, name, address, sidecar))!);
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{name}: '{config.Command[0]}' cannot be started: {error.Message}", error);
        }
        try
        {
            await Readiness.WaitAsync(config, name, address, time, application.Failure, cancellation).ConfigureAwait(false);
            return application;
        }
        catch
        {
            await application.KillAsync().ConfigureAwait(false);
            throw;
        }
    }

    public int? ProcessId => _process.Id;

    /// <summary>Closes the pipe: the service is asked to end, and made to after a second.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }
        _process.Dispose();
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The program, and whatever it has started, is told to stand still.</summary>
    public async Task<IAsyncDisposable> PauseAsync()
    {
        await SignalAsync("STOP").ConfigureAwait(false);
        return new Pause(this);
    }

    private async Task SignalAsync(string signal)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(signal).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }

    private static ProcessStartInfo Start(LiveServiceConfig config, string name, EndpointAddress address, EndpointAddress sidecar)
    {
        string outbound = $"http://{sidecar}";
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", Keeper, "meshlab", .. config.Command.Select(Filled)]) start.ArgumentList.Add(argument);
        start.Environment["PORT"] = address.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["HTTP_PROXY"] = start.Environment["http_proxy"] = outbound;
        start.Environment["MESHLAB_OUTBOUND"] = outbound;
        start.Environment["MESHLAB_REPLICA"] = name;
        foreach (var (variable, value) in config.Environment) start.Environment[variable] = Filled(value);
        return start;

        string Filled(string text) => text
            .Replace("{port}", address.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{outbound}", outbound, StringComparison.Ordinal);
    }

    /// <summary>Why it never will be ready: it has ended.</summary>
    private string? Failure()
    {
        if (!_process.HasExited) return null;
        _process.WaitForExit();   // for its last words
        lock (_tail) return $"it ended with exit code {_process.ExitCode}{(_tail.Count == 0 ? "." : $"; its last words:\n  {string.Join("\n  ", _tail)}")}";
    }

    private sealed class Pause(ProcessApplication application) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await application.SignalAsync("CONT").ConfigureAwait(false);
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_tail)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLines) _tail.Dequeue();
        }
    }
}
