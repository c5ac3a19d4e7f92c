using Mesh.Reports.Rendering;
using Mesh.Scenarios.Running;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>Shows how far a run has come: drawn in place on a terminal, a line now and then elsewhere.</summary>
internal sealed class ProgressView : IRunProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly long[] _reached;
    private readonly double _totalSeconds;
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private readonly Action<string>? _line;
    private TimeSpan _lastLine;
    private Action? _redraw;

    private ProgressView(int worlds, double totalSeconds, Action<string>? line)
    {
        _reached = new long[worlds];
        _totalSeconds = totalSeconds;
        _line = line;
    }

    private double ReachedSeconds => _reached.Sum() / (double)TimeSpan.TicksPerSecond;

    private TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_started);

    /// <summary>Runs <paramref name="run"/> while its progress is shown on standard error.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="name">What runs.</param>
    /// <param name="worlds">How many worlds it runs.</param>
    /// <param name="totalSeconds">Virtual seconds of all of them.</param>
    /// <param name="quiet">Whether nothing is to be shown.</param>
    /// <param name="run">The run.</param>
    public static T Show<T>(Terminal terminal, string name, int worlds, double totalSeconds, bool quiet, Func<IRunProgress, T> run)
    {
        if (quiet) return run(new NoProgress());
        if (!terminal.IsLive) return run(new ProgressView(worlds, totalSeconds, line => terminal.Error.WriteLine($"{name}: {line}")));
        var view = new ProgressView(worlds, totalSeconds, null);
        return terminal.Progress.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => Draw(context, view, name, run));
    }

    public void Reached(int replication, TimeSpan virtualTime)
    {
        Interlocked.Exchange(ref _reached[replication], virtualTime.Ticks);
        _redraw?.Invoke();
        if (_line is null) return;
        lock (_reached)
        {
            if (Elapsed - _lastLine < BetweenLines) return;
            _lastLine = Elapsed;
            _line($"{Status()}, about {Units.Duration(Elapsed.TotalSeconds * (_totalSeconds - ReachedSeconds) / Math.Max(ReachedSeconds, 1e-9))} left");
        }
    }

    public void Ended(int replication) { }

    private static T Draw<T>(ProgressContext context, ProgressView view, string name, Func<IRunProgress, T> run)
    {
        var task = context.AddTask(Markup.Escape(name), maxValue: view._totalSeconds);
        view._redraw = () =>
        {
            task.Value = view.ReachedSeconds;
            task.Description = Markup.Escape($"{name}  {view.Status()}");
        };
        return run(view);
    }

    private string Status()
    {
        return $"{Units.Number(ReachedSeconds)} of {Units.Number(_totalSeconds)} s, {Units.Number(ReachedSeconds / Math.Max(Elapsed.TotalSeconds, 1e-3))}x real time";
    }
}
