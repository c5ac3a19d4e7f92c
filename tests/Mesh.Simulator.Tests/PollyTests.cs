using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Polly.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests;

public sealed class PollyTests
{
    /// <summary>Counts executions of Polly's pipelines by name, as Polly itself reports them.</summary>
    private sealed class Executions : TelemetryListener
    {
        public Dictionary<string, int> ByPipeline { get; } = [];

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
        {
            if (args.Event.EventName != "PipelineExecuting") return;
            string name = args.Source.PipelineName!;
            ByPipeline[name] = ByPipeline.GetValueOrDefault(name) + 1;
        }
    }

    [Fact]
    public void Every_hop_that_has_a_policy_goes_through_Pollys_strategies()
    {
        var polly = new Executions();
        var world = TestWorld.Run(World(5,
        [
            Service("front", Constant(1), replicas: 2, workers: 8, queue: null, new CallStep { To = "back" }),
            Service("back", Exponential(4), replicas: 2, workers: 4),
        ],
        Load("front", 200, 5, ArrivalProcess.Poisson)) with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { PerTryTimeout = Ms(12), Retries = new RetryConfig(), CircuitBreaker = new CircuitBreakerConfig() } },
        }, polly);

        Assert.Contains(world.Of(MeshEventKind.AttemptStarted), e => e.Attempt == 2);
        Assert.Equal(world.Of(MeshEventKind.RequestStarted).Count(), polly.ByPipeline["retry"]);
        Assert.Equal(world.Of(MeshEventKind.AttemptStarted).Count(), polly.ByPipeline["breaker"]);
    }
}
