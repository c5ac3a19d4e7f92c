using System.CommandLine;

namespace Mesh.Benchmarks.Kernel;

/// <summary><c>kernel</c>: the event loop on M/M/1 against SimPy and SimSharp, and on the hold model.</summary>
internal static class KernelCommand
{
    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "How often each is measured, in turn.", DefaultValueFactory = _ => 5 };
        var python = new Option<string>("--python") { Description = "A Python that has SimPy.", DefaultValueFactory = _ => "python3" };
        var simSharp = new Option<DirectoryInfo?>("--simsharp") { Description = "A checkout of SimSharp; without it SimSharp is left out." };
        var command = new Command("kernel", "The event loop on M/M/1 against SimPy and SimSharp, and on the hold model.") { repeats, python, simSharp };
        command.SetAction(parsed => Run(parsed.GetValue(repeats), parsed.GetValue(python)!, parsed.GetValue(simSharp)));
        return command;
    }

    private static void Run(int repeats, string python, DirectoryInfo? checkout)
    {
        using var simSharp = checkout is null ? null : SimSharpPeer.Build(checkout);
        var contest = new Mm1Contest(
        [
            new("MeshLab", () => new Mm1(deadlines: false).Run(5_000_000)),
            new("MeshLab, and a deadline for each customer, cancelled when it leaves", () => new Mm1(deadlines: true).Run(5_000_000)),
            .. Peer.SimPy(python),
            .. simSharp?.Contestants ?? [],
        ]);
        double? loadBefore = Machine.Load();
        contest.Measure(repeats);
        var hold = new[] { 10_000, 1_000_000 }.Select(pending => (pending, HoldModel.Measure(pending, repeats))).ToList();

        Console.WriteLine($"Measured on {Machine.Describe()}; load average {loadBefore:0.0} before and {Machine.Load():0.0} after, {repeats} repeats in turn; processor time; min – median – max.");
        Console.WriteLine();
        contest.Print();
        Console.WriteLine();
        Console.WriteLine("| hold model: events that wait | million events/s |");
        Console.WriteLine("|---|---|");
        foreach (var (pending, rate) in hold)
            Console.WriteLine($"| {pending:N0} | {rate.Per(1e6).Format("0.00")} |");
    }
}
