using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Compares what is offered to each service with what its replicas can do, and from that how long the mesh takes to settle.</summary>
internal sealed class CapacityAdvice
{
    private const double RelaxationTimes = 5;
    private static readonly double[] RoundSeconds = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

    private readonly WorldConfig _world;
    private readonly Reading _reading;
    private readonly IReadOnlyList<ServiceLoad> _loads;

    private CapacityAdvice(Advisor advisor, Reading reading)
    {
        _world = advisor.World;
        _reading = reading;
        _loads = advisor.Loads;
    }

    public static void Run(Advisor advisor, Reading reading)
    {
        var advice = new CapacityAdvice(advisor, reading);
        foreach (var load in advice._loads) advice.Overload(load);
        advice.MissingWarmup();
    }

    private void Overload(ServiceLoad load)
    {
        if (load.Rate == 0 || load.Utilisation < 1) return;
        var (place, path) = _reading.Sources.At(load.Service);
        if (load.Workers == 0)
        {
            if (_world.Scale.All(change => change.Service != load.Service.Name)) _reading.Problems.Warn(place, path, $"'{load.Service.Name}' is called but has no replica: every call fails with 503 UH.");
            return;
        }
        string atLeast = load.Service.Hold == WorkerHold.WholeCall ? "at least " : "";
        _reading.Problems.Warn(place, path, $"'{load.Service.Name}' is offered more than it can serve: up to {Notation.Rate(load.Rate)} x {atLeast}{Notation.Duration(load.MeanSeconds)} of work " +
            $"needs {Notation.Number(load.Demand)} workers, and it has {load.Workers} ({Notation.Percent(load.Utilisation)}). Its queue will fill; add replicas or workers, or lower the rate.");
    }

    /// <summary>A queue forgets how it started in about E[S] / (c (1 - sqrt(rho))^2), the relaxation time of M/M/c in heavy traffic.</summary>
    private void MissingWarmup()
    {
        if (_world.Warmup > TimeSpan.Zero) return;
        var slowest = _loads.Where(load => load.Rate > 0 && load.Utilisation < 0.999).MaxBy(load => load.RelaxationSeconds);
        if (slowest is null) return;
        double wanted = RelaxationTimes * slowest.RelaxationSeconds;
        double suggested = RoundSeconds.FirstOrDefault(seconds => seconds >= wanted, Math.Ceiling(wanted / 60) * 60);
        if (suggested >= _world.Duration.TotalSeconds / 2) return;
        var (place, path) = _reading.Sources.At(_world);
        _reading.Problems.Warn(place, path, $"no 'warmup': the run begins with an empty mesh, and those first requests are counted. 'warmup: {Notation.Duration(suggested)}' would leave them out " +
            $"(five relaxation times of '{slowest.Service.Name}', the slowest to settle, at {Notation.Percent(slowest.Utilisation)} utilisation).");
    }
}
