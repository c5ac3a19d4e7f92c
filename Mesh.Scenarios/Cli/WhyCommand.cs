using System.CommandLine;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab why</c>: why a request was slow or failed (<see cref="WhyRun"/>), and why a setting is what it is (<see cref="WhyPolicy"/>).</summary>
internal static class WhyCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var run = new Argument<string?>("RUN") { Description = "A stored run (run.meshrun, or its report's directory), or a scenario, which is run first.", Arity = ArgumentArity.ZeroOrOne };
        var request = new Argument<string?>("REQUEST") { Description = "The request to explain: its number in the list, or its key. Default: the list.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Prints one JSON document, and nothing else, on standard output." };
        var policy = new Option<string>("--policy") { Description = "Shows each effective setting of a scenario's policy, and where it comes from.", HelpName = "FILE" };
        var service = new Option<string>("--service") { Description = "With --policy: this service only." };
        var sets = new Option<string[]>("--set") { Description = "With --policy or a scenario: replaces a value of the file." };
        var command = new Command("why", "Tell why: why requests were slow or failed, or where each setting of a policy comes from.") { run, request, json, policy, service, sets };
        command.SetAction(parsed =>
        {
            string[] given = parsed.GetValue(sets) ?? [];
            if (parsed.GetValue(policy) is { } file) return WhyPolicy.Run(terminal, file, parsed.GetValue(service), given);
            string what = parsed.GetValue(run) ?? throw new InputException("say what to explain: 'meshlab why RUN' a run's requests, 'meshlab why --policy FILE' a scenario's settings.");
            return WhyRun.Run(terminal, what, parsed.GetValue(request), given, parsed.GetValue(json), cancellation);
        });
        return command;
    }
}
