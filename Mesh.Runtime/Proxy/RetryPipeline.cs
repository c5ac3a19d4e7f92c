using Mesh.Runtime.Randomness;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using Polly;
using Polly.Retry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// Polly's retry, once for the whole world: it holds no state. Which answers are retried, how often and after what wait
/// is the request's own policy, found through the attempt's result. Building one pipeline per route would cost 3 KB and 35-80 µs each.
/// </summary>
internal sealed class RetryPipeline
{
    private static readonly Func<ResilienceContext, Exchange, ValueTask<Outcome<AttemptResult>>> Attempt =
        static (_, exchange) => exchange.Pipeline.TryAsync(exchange);

    private readonly DataPlane _plane;
    private readonly ResiliencePipeline<AttemptResult> _pipeline;

    public RetryPipeline(DataPlane plane)
    {
        _plane = plane;
        _pipeline = new ResiliencePipelineBuilder<AttemptResult> { Name = "retry", TimeProvider = plane.Time, TelemetryListener = plane.Polly }
            .AddRetry(new RetryStrategyOptions<AttemptResult>
            {
                MaxRetryAttempts = int.MaxValue,   // the request's own policy ends it, in ShouldRetry
                UseJitter = false,
                Randomizer = static () => 0,       // never asked: the wait is drawn by key, in Schedule
                ShouldHandle = args => new ValueTask<bool>(args.Outcome.Exception is null && ShouldRetry(args.Outcome.Result, args.AttemptNumber)),
                DelayGenerator = args =>
                {
                    Schedule(args.Outcome.Result, args.AttemptNumber);
                    return new ValueTask<TimeSpan?>(TimeSpan.Zero);   // the attempt itself waits, see BackoffWait
                },
            })
            .Build();
    }

    /// <summary>Attempts the exchange until an answer stands.</summary>
    public ValueTask<Outcome<AttemptResult>> ExecuteAsync(Exchange exchange)
    {
        exchange.Service.Repeats.Began(exchange, _plane.Now);
        return _pipeline.ExecuteOutcomeAsync(Attempt, exchange.Context, exchange);
    }

    /// <summary>Polly asks after the last attempt too, so the budget is charged here only, and never for it.</summary>
    private bool ShouldRetry(in AttemptResult result, int attempt)
    {
        var exchange = result.Exchange;
        exchange.Service.Repeats.Release(exchange);
        if (exchange.OutOfTime || exchange.Request.Body is { CanRepeat: false }) return false;
        int retries = exchange.Policy.Hedge is { OnPerTryTimeout: true } ? exchange.Attempt : attempt;   // those hedges were retries
        switch (exchange.Service.Repeats.Judge(exchange, result.Facts, retries, _plane.Now))
        {
            case RetryVerdict.Retry:
                return true;
            case RetryVerdict.LimitReached:
                exchange.Exhaustion = ResponseFlags.URX;
                return false;
            case RetryVerdict.Refused:
                exchange.Exhaustion = ResponseFlags.UO;
                exchange.Report(MeshEventKind.RetryRefused, _plane.Now, result.Status, result.Flags, 0);
                return false;
            default:
                return false;
        }
    }

    /// <summary>The back-off, cut at the total deadline: the next attempt then finds it passed and answers 504.</summary>
    private void Schedule(in AttemptResult result, int attempt)
    {
        var exchange = result.Exchange;
        exchange.Unfinished?.Abandon();
        long now = _plane.Now;
        exchange.NoteFailure(now);
        long delay = RetryBackoff.Delay(exchange.Policy.Retries!, attempt, exchange.Reply.RetryAfter,
            _plane.Random.Bits(Concern.Backoff, exchange.Request.Key, attempt)).Ticks;
        exchange.Backoff = Math.Min(delay, exchange.Deadline - now);
        exchange.Report(MeshEventKind.RetryScheduled, now, result.Status, result.Flags, exchange.Backoff);
    }
}
