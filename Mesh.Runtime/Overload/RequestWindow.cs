namespace Mesh.Runtime.Overload;

/// <summary>
/// Requests and successes of the recent past, kept by the second in a ring of fixed size. A second begins with the first request after the one before is over,
/// and is forgotten as a whole once its beginning is older than the window: Envoy's <c>ThreadLocalController</c>.
/// </summary>
internal sealed class RequestWindow
{
    private const long Granularity = TimeSpan.TicksPerSecond;
    private readonly Slot[] _slots;
    private readonly long _window;
    private int _oldest;
    private int _used;

    /// <summary>A window of <paramref name="window"/> ticks.</summary>
    public RequestWindow(long window)
    {
        _window = window;
        _slots = new Slot[(int)((window + Granularity - 1) / Granularity) + 1];
    }

    /// <summary>Requests within the window, as of the last <see cref="Forget"/> or <see cref="Add"/>.</summary>
    public int Requests { get; private set; }

    /// <summary>Successes within the window.</summary>
    public int Successes { get; private set; }

    /// <summary>Forgets what is older than the window.</summary>
    public void Forget(long now)
    {
        while (_used > 0 && now - _slots[_oldest].Start >= _window)
        {
            Requests -= _slots[_oldest].Requests;
            Successes -= _slots[_oldest].Successes;
            _oldest = (_oldest + 1) % _slots.Length;
            _used--;
        }
    }

    /// <summary>Counts.</summary>
    public void Add(long now, int requests, int successes)
    {
        Forget(now);
        if (_used == 0 || now - Newest.Start >= Granularity)
        {
            _used++;
            Newest = new Slot { Start = now };
        }
        Newest.Requests += requests;
        Newest.Successes += successes;
        Requests += requests;
        Successes += successes;
    }

    /// <summary>Requests a second over the window, or over the time since the oldest when that is longer, rounded down.</summary>
    public long RatePerSecond(long now)
    {
        if (_used == 0) return 0;
        long seconds = Math.Max(_window, now - _slots[_oldest].Start) / Granularity;
        return Requests / seconds;
    }

    private ref Slot Newest => ref _slots[(_oldest + _used - 1) % _slots.Length];

    private struct Slot
    {
        public long Start;
        public int Requests;
        public int Successes;
    }
}
