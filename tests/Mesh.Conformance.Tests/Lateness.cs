using System.Diagnostics;

namespace Mesh.Conformance.Tests;

/// <summary>Measures how late the machine is while a live case runs: the longest that a timer of 20 ms overslept.</summary>
internal sealed class Lateness : IAsyncDisposable
{
    /// <summary>Below this the margins of all behaviours and policies hold.</summary>
    public static readonly TimeSpan Fair = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource _over = new();
    private readonly Task _beats;

    public Lateness() => _beats = BeatAsync();

    public TimeSpan Worst { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _beats;
        _over.Dispose();
    }

    private async Task BeatAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            long began = Stopwatch.GetTimestamp();
            await Task.Delay(Beat);
            var late = Stopwatch.GetElapsedTime(began) - Beat;
            if (late > Worst) Worst = late;
        }
    }
}
