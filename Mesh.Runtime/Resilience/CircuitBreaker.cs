using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Polly;
using Polly.CircuitBreaker;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// Polly's circuit breaker of one proxy for one service. Polly's own callbacks stay unset, for they run on the thread pool:
/// transitions are read from its state provider where an execution enters and leaves. Nothing but the garbage collector has to end it.
/// </summary>
internal sealed class CircuitBreaker
{
    private readonly CircuitBreakerStateProvider _provider = new();
    private readonly Lock _lock = new();
    private readonly ResiliencePipeline<AttemptResult> _pipeline;

    public CircuitBreaker(CircuitBreakerConfig config, DataPlane plane)
    {
        var strategy = new CircuitBreakerStrategyOptions<AttemptResult>
        {
            FailureRatio = config.FailureRatio,
            SamplingDuration = config.Window,
            MinimumThroughput = config.MinThroughput,
            BreakDuration = config.OpenFor,
            StateProvider = _provider,
            ShouldHandle = args => new ValueTask<bool>(args.Outcome.Exception is null && IsFailure(args.Outcome.Result)),
        };
        _pipeline = new ResiliencePipelineBuilder<AttemptResult> { Name = "breaker", TimeProvider = plane.Time, TelemetryListener = plane.Polly }
            .AddCircuitBreaker(strategy)
            .Build();
    }

    /// <summary>The state last seen.</summary>
    public CircuitState State { get; private set; } = CircuitState.Closed;

    /// <summary>A probe of a half-open circuit must bring an answer: one that said nothing about the service would close it.</summary>
    private bool IsFailure(in AttemptResult result) => result.CountsAsFailure || (State == CircuitState.HalfOpen && result.SaysNothing);

    /// <summary>Runs an attempt unless the circuit is open. The result of a refused one is a <see cref="BrokenCircuitException"/>.</summary>
    public ValueTask<Outcome<AttemptResult>> ExecuteAsync(
        Func<ResilienceContext, Attempt, ValueTask<Outcome<AttemptResult>>> send, ResilienceContext context, Attempt attempt) =>
        _pipeline.ExecuteOutcomeAsync(send, context, attempt);

    /// <summary>Whether the state differs from the one last seen, which it then is.</summary>
    public bool Changed(out CircuitState state)
    {
        state = State;
        if (_provider.CircuitState == state) return false;
        lock (_lock)
        {
            state = _provider.CircuitState;   // looked at in turns, so that nobody takes an older state for the newer one
            if (state == State) return false;
            State = state;
            return true;
        }
    }
}
