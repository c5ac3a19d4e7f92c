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
/// <remarks>
/// With the answer the request is over, and its exchange may be another request's at once. So an answer that comes while an attempt is being started, from within that start or from another thread,
/// is given only when the start is done.
/// </remarks>
internal sealed class HedgedAttempts : IValueTaskSource<Outcome<AttemptResult>>
{
    private readonly Exchange _main;
    private readonly HedgeConfig _hedge;
    private readonly int _most;
    private readonly Lock _lock = new();
    private readonly List<Hedge> _running = [];
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<Outcome<AttemptResult>> _answer;
    private CancellationTokenRegistration _caller;
    private Outcome<AttemptResult>? _held;
    private int _started;
    private bool _starting;
    private bool _callerGone;
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
        var answer = new ValueTask<Outcome<AttemptResult>>(hedged, hedged._answer.Version);
        hedged.Start();
        return await answer.ConfigureAwait(false);
    }

    private void Start()
    {
        if (_main.Attempt < 0) _main.Service.Repeats.Begin(_hedge, _main.Pipeline.Plane.Now);
        if (_main.Caller.CanBeCanceled) _caller = _main.Caller.UnsafeRegister(static state => ((HedgedAttempts)state!).GiveUp(), this);
        _starting = true;
        StartAttempt();
        Started();
    }

    /// <summary>No good answer in time.</summary>
    private void Late()
    {
        lock (_lock)
        {
            if (_over || _callerGone || _starting) return;
            _starting = true;
        }
        long now = _main.Pipeline.Plane.Now;
        if (_main.Request.Body is not { IsWhole: false } && _main.Service.Repeats.TryHedge(_main, now))
        {
            _main.Report(MeshEventKind.HedgeStarted, now, 0, ResponseFlags.None, 0);
            StartAttempt();
        }
        Started();
    }

    private void StartAttempt()
    {
        var one = new Hedge(_main.Pipeline.Plane.Exchanges.Get(), new CancellationTokenSource());
        one.Exchange.BeginHedge(_main, one.Beaten.Token);
        one.Exchange.OutlastsPerTry = _hedge.OnPerTryTimeout;
        bool callerGone;
        lock (_lock)
        {
            _started++;
            _running.Add(one);
            callerGone = _callerGone;
        }
        if (callerGone) one.Beaten.Cancel();
        _ = RunAsync(one);
    }

    /// <summary>A start is done: the next one is waited for, or an answer that came meanwhile is given.</summary>
    private void Started()
    {
        lock (_lock)
        {
            _starting = false;
            if (!_over) AwaitNext();
            if (_held is null) return;
        }
        _answer.SetResult(_held.Value);
    }

    /// <summary>Sets the timer for the next hedge, if there may be one.</summary>
    private void AwaitNext()
    {
        if (_started >= _most) return;
        long delay = _main.Service.Repeats.HedgeAfter(_main, _main.Pipeline.Plane.Now);
        if (delay != long.MaxValue) _timer.Change(TimeSpan.FromTicks(delay), Timeout.InfiniteTimeSpan);
    }

    private async Task RunAsync(Hedge one)
    {
        Outcome<AttemptResult> outcome;
        try
        {
            outcome = await _main.Pipeline.AttemptAsync(one.Exchange).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            outcome = Outcome.FromException<AttemptResult>(error);   // a broken invariant is told to whoever sent the request
        }
        Ended(one, outcome);
    }

    /// <summary>An attempt has its headers, or failed.</summary>
    private void Ended(Hedge one, Outcome<AttemptResult> outcome)
    {
        bool wins;
        lock (_lock)
        {
            _running.Remove(one);
            wins = !_over && (_running.Count == 0 || outcome.Exception is not null || IsGood(outcome.Result));
            _over |= wins;
        }
        if (wins) Win(one.Exchange, outcome);
        else one.Exchange.Unfinished?.Abandon();
        one.Exchange.Pipeline.Plane.Exchanges.Return(one.Exchange);
    }

    private void Win(Exchange one, Outcome<AttemptResult> outcome)
    {
        _timer.Dispose();
        _caller.Unregister();
        if (outcome.Exception is null)
        {
            _main.Reply = one.Reply;
            _main.OutOfTime |= one.OutOfTime;
            _main.Response = null;
            _main.Unfinished = null;
            one.Unfinished?.MoveTo(_main);
            outcome = Outcome.FromResult(outcome.Result with { Exchange = _main, Flags = Mine(outcome.Result.Flags) });
        }
        foreach (var loser in Running()) loser.Beaten.Cancel();
        lock (_lock)
        {
            _held = outcome;
            if (_starting) return;
        }
        _answer.SetResult(outcome);
    }

    /// <summary>The caller gave up, and with it all attempts, the latest first.</summary>
    private void GiveUp()
    {
        lock (_lock) _callerGone = true;
        var running = Running();
        for (int i = running.Length - 1; i >= 0; i--) running[i].Beaten.Cancel();
    }

    private Hedge[] Running()
    {
        lock (_lock) return [.. _running];
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

    /// <summary>One of the attempts. Its source has neither timer nor link, so that nothing has to dispose it, at whatever moment somebody cancels it.</summary>
    private sealed record Hedge(Exchange Exchange, CancellationTokenSource Beaten);
}
