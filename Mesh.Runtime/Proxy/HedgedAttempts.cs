using System.Threading.Tasks.Sources;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using Polly;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// One try of a request that hedges: a first attempt, and further ones beside it while none has answered well. The first good answer wins, the others are given up;
/// when all of them fail, the last failure stands. Why this is not Polly's hedging, docs/decisions/0007 says.
/// Each attempt is an <see cref="Exchange"/> of its own; the winner's answer moves to the request's.
/// </summary>
internal sealed class HedgedAttempts : IValueTaskSource<Outcome<AttemptResult>>
{
    private readonly Exchange _main;
    private readonly HedgeConfig _hedge;
    private readonly int _most;
    private readonly Lock _lock = new();
    private readonly List<Exchange> _running = [];
    private readonly List<CancellationTokenSource> _beaten = [];
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<Outcome<AttemptResult>> _answer;
    private int _started;
    private bool _over;

    private HedgedAttempts(Exchange main)
    {
        _main = main;
        _hedge = main.Policy.Hedge!;
        // Envoy's hedge on the per-try time-out takes the retries that are left.
        _most = 1 + (_hedge.OnPerTryTimeout ? (main.Policy.Retries?.Attempts ?? 0) - (main.Attempt + 1) : _hedge.MaxExtra);
        _timer = main.Pipeline.Plane.Time.CreateTimer(static state => ((HedgedAttempts)state!).Late(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tries the exchange's request, hedged.</summary>
    public static async ValueTask<Outcome<AttemptResult>> RunAsync(Exchange exchange)
    {
        if (exchange.Backoff > 0) await exchange.BackOffAsync().ConfigureAwait(false);
        var hedged = new HedgedAttempts(exchange);
        hedged.Start();
        return await new ValueTask<Outcome<AttemptResult>>(hedged, hedged._answer.Version).ConfigureAwait(false);
    }

    private void Start()
    {
        if (_main.Attempt < 0) _main.Service.Repeats.Begin(_hedge, _main.Pipeline.Plane.Now);
        StartAttempt();
        Rearm();
    }

    /// <summary>Sets the timer for the next hedge, if there may be one.</summary>
    private void Rearm()
    {
        lock (_lock)
        {
            if (_over || _started >= _most) return;
            long delay = _main.Service.Repeats.HedgeAfter(_main, _main.Pipeline.Plane.Now);
            if (delay != long.MaxValue) _timer.Change(TimeSpan.FromTicks(delay), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>No good answer in time.</summary>
    private void Late()
    {
        lock (_lock)
        {
            if (_over) return;
        }
        if (_main.Request.Body is not { IsWhole: false } && _main.Service.Repeats.TryHedge(_main, _main.Pipeline.Plane.Now))
        {
            _main.Report(MeshEventKind.HedgeStarted, _main.Pipeline.Plane.Now, 0, ResponseFlags.None, 0);
            StartAttempt();
        }
        Rearm();
    }

    private void StartAttempt()
    {
        var beaten = CancellationTokenSource.CreateLinkedTokenSource(_main.Caller);
        var one = _main.Pipeline.Plane.Exchanges.Get().BeginHedge(_main, beaten.Token);
        one.OutlastsPerTry = _hedge.OnPerTryTimeout;
        lock (_lock)
        {
            _started++;
            _running.Add(one);
            _beaten.Add(beaten);
        }
        _ = RunAsync(one, beaten);
        if (_main.Attempt < one.Attempt) _main.Attempt = one.Attempt;
        if (one.Tried.Ids is [.., var tried]) _main.Tried.Add(tried);
    }

    private async Task RunAsync(Exchange one, CancellationTokenSource beaten)
    {
        Outcome<AttemptResult> outcome;
        try
        {
            outcome = await _main.Pipeline.AttemptAsync(one).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            outcome = Outcome.FromException<AttemptResult>(error);   // a broken invariant is told to whoever sent the request
        }
        Ended(one, beaten, outcome);
    }

    /// <summary>An attempt has its headers, or failed.</summary>
    private void Ended(Exchange one, CancellationTokenSource beaten, Outcome<AttemptResult> outcome)
    {
        bool wins;
        lock (_lock)
        {
            _running.Remove(one);
            _beaten.Remove(beaten);
            wins = !_over && (_running.Count == 0 || outcome.Exception is not null || IsGood(outcome.Result));
            _over |= wins;
        }
        if (wins) Win(one, outcome);
        else one.Unfinished?.Abandon();
        one.Pipeline.Plane.Exchanges.Return(one);
        beaten.Dispose();
    }

    private void Win(Exchange one, Outcome<AttemptResult> outcome)
    {
        _timer.Dispose();
        if (outcome.Exception is null)
        {
            _main.Reply = one.Reply;
            _main.OutOfTime |= one.OutOfTime;
            _main.Response = null;
            _main.Unfinished = null;
            one.Unfinished?.MoveTo(_main);
            outcome = Outcome.FromResult(outcome.Result with { Exchange = _main, Flags = Mine(outcome.Result.Flags) });
        }
        foreach (var loser in _beaten.ToArray()) loser.Cancel();
        _answer.SetResult(outcome);
    }

    /// <summary>When the caller itself gave up, every hedge ends as if beaten: to the caller that is <c>DC</c>.</summary>
    private ResponseFlags Mine(ResponseFlags flags) => _main.Caller.IsCancellationRequested && (flags & ResponseFlags.LR) != 0 ? (flags & ~ResponseFlags.LR) | ResponseFlags.DC : flags;

    /// <summary>Whether an answer may stand though others are under way: one that would not be retried.</summary>
    private bool IsGood(in AttemptResult result) =>
        result.Status != 0 && !result.CountsAsFailure && (_main.Policy.Retries is not { } retries || !RetryConditions.IsRetriable(retries, result.Facts));

    Outcome<AttemptResult> IValueTaskSource<Outcome<AttemptResult>>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Outcome<AttemptResult>>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<Outcome<AttemptResult>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);
}
