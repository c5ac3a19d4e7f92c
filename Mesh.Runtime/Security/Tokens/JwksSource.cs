namespace Mesh.Runtime.Security.Tokens;

/// <summary>
/// The keys of one issuer, kept fresh: fetched when first asked for, again after the refresh interval, and when a token names a key that is not there.
/// When a fetch fails the old keys stay. One fetch at a time; who needs its result waits for it.
/// </summary>
internal sealed class JwksSource
{
    private readonly Func<CancellationToken, Task<string>> _fetch;
    private readonly TimeProvider _time;
    private readonly JwksOptions _options;
    private readonly JwksRefresh _refresh;
    private readonly Action<string> _failed;
    private readonly Lock _lock = new();
    private volatile JwksKeys _keys = JwksKeys.None;
    private Task? _underWay;

    /// <summary>A source that has fetched nothing yet.</summary>
    /// <param name="fetch">Fetches the key set's text.</param>
    /// <param name="time">The clock and timers.</param>
    /// <param name="options">How often, and how much.</param>
    /// <param name="failed">Told why a fetch failed. It must not throw.</param>
    public JwksSource(Func<CancellationToken, Task<string>> fetch, TimeProvider time, JwksOptions options, Action<string> failed)
    {
        (_fetch, _time, _options, _failed) = (fetch, time, options, failed);
        _refresh = new JwksRefresh(options);
    }

    /// <summary>The keys to verify a token with.</summary>
    /// <param name="keyId">The key id that the token names, or <c>null</c>.</param>
    /// <param name="cancellation">Ends the wait; a fetch goes on for others.</param>
    public async ValueTask<JwksKeys> KeysForAsync(string? keyId, CancellationToken cancellation)
    {
        if (Step(keyId) is { } fetch) await fetch.WaitAsync(cancellation).ConfigureAwait(false);
        return _keys;
    }

    /// <summary>The fetch that has to be waited for, if any.</summary>
    private Task? Step(string? keyId)
    {
        lock (_lock)
        {
            bool isKnown = _keys.Knows(keyId);
            if (_underWay is not { IsCompleted: false })
            {
                long now = Ticks();
                var step = _refresh.Next(isKnown, now);
                if (step == JwksStep.Use) return null;
                _refresh.Begin(now);
                _underWay = FetchAsync();
            }
            return isKnown ? null : _underWay;
        }
    }

    private async Task FetchAsync()
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);   // not under the lock
        try
        {
            _keys = JwksKeys.Parse(await _fetch(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false));
            lock (_lock) _refresh.Fetched(Ticks());
        }
        catch (Exception e)
        {
            // Whatever an issuer's server does, tokens of the keys that are there are verified as before.
            _failed(e is OperationCanceledException ? $"no answer within {_options.Timeout.TotalSeconds:0.###} s." : e.Message);
        }
    }

    private long Ticks() => _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;
}
