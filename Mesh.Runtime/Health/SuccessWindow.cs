namespace Mesh.Runtime.Health;

/// <summary>Exact counts of successes over a trailing window, in ten parts: Linkerd's <c>SuccessRateWindow</c>.</summary>
internal sealed class SuccessWindow
{
    private const int Parts = 10;
    private readonly long _width;
    private readonly int[] _totals = new int[Parts];
    private readonly int[] _successes = new int[Parts];
    private int _current;
    private long _started;

    /// <summary>A window that begins now.</summary>
    public SuccessWindow(TimeSpan window, long now)
    {
        _width = Math.Max(window.Ticks / Parts, TimeSpan.TicksPerMillisecond);
        _started = now;
    }

    /// <summary>Answers in the window, as of the last <see cref="Add"/>.</summary>
    public int Total { get; private set; }

    /// <summary>Successes among them.</summary>
    public int Successes { get; private set; }

    /// <summary>Counts one answer.</summary>
    public void Add(bool success, long now)
    {
        Roll(now);
        _totals[_current]++;
        Total++;
        if (!success) return;
        _successes[_current]++;
        Successes++;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear(long now)
    {
        Array.Clear(_totals);
        Array.Clear(_successes);
        _current = Total = Successes = 0;
        _started = now;
    }

    private void Roll(long now)
    {
        long steps = (now - _started) / _width;
        for (int i = 0; i < Math.Min(steps, Parts); i++)
        {
            _current = (_current + 1) % Parts;
            Total -= _totals[_current];
            Successes -= _successes[_current];
            _totals[_current] = _successes[_current] = 0;
        }
        _started += steps * _width;
    }
}
