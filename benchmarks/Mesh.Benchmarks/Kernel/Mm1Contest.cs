using System.Globalization;

namespace Mesh.Benchmarks.Kernel;

/// <summary>One run of M/M/1 at utilisation 0.8 with a mean service time of 1 s.</summary>
/// <param name="Customers">Customers served.</param>
/// <param name="Seconds">Processor time of the run, without starting up: what else the machine does then matters little.</param>
/// <param name="MeanSojourn">Mean time of a customer from arrival to departure in seconds; theory says 5.</param>
internal readonly record struct Mm1Result(int Customers, double Seconds, double MeanSojourn);

/// <summary>Someone who can run M/M/1.</summary>
internal sealed record Contestant(string Name, Func<Mm1Result> Run);

/// <summary>The same model by several contestants in turn; the first is compared with all others of the same round, so that a slow moment of the machine hurts both.</summary>
internal sealed class Mm1Contest(IReadOnlyList<Contestant> contestants)
{
    private readonly List<Mm1Result[]> _rounds = [];

    public void Measure(int repeats)
    {
        foreach (var contestant in contestants)
            contestant.Run();   // warms up the JIT, and the disk
        for (int round = 1; round <= repeats; round++)
        {
            Console.Error.WriteLine($"M/M/1, round {round} of {repeats}");
            _rounds.Add([.. contestants.Select(contestant => contestant.Run())]);
        }
    }

    public void Print()
    {
        Console.WriteLine("| M/M/1 at utilisation 0.8 | customers a run | thousand customers/s | mean sojourn (theory 5 s) | MeshLab is faster by |");
        Console.WriteLine("|---|---|---|---|---|");
        for (int i = 0; i < contestants.Count; i++)
        {
            int index = i;
            var rate = Spread.Of(_rounds.Select(round => Rate(round[index]))).Per(1e3);
            var ratio = Spread.Of(_rounds.Select(round => Rate(round[0]) / Rate(round[index])));
            double sojourn = _rounds.Average(round => round[index].MeanSojourn);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {contestants[i].Name} | {_rounds[0][i].Customers:N0} | {rate.Format("N0")} | {sojourn:0.00} s | {(i == 0 ? "" : ratio.Format("0.0") + " ×")} |"));
        }
    }

    private static double Rate(in Mm1Result result) => result.Customers / result.Seconds;
}
