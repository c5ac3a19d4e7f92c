using System.CommandLine;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab why</c>: why a setting is what it is (<see cref="WhyPolicy"/>).</summary>
internal static class WhyCommand
{
    public static Command Create(Terminal terminal)
    {
        var policy = new Option<string>("--policy") { Description = "Shows each effective setting of a scenario's policy, and where it comes from.", HelpName = "FILE" };
        var service = new Option<string>("--service") { Description = "With --policy: this service only." };
        var sets = new Option<string[]>("--set") { Description = "With --policy: replaces a value of the file." };
        var command = new Command("why", "Tell why: where each setting of a policy comes from.") { policy, service, sets };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(policy) ?? throw new InputException("say what to explain: 'meshlab why --policy FILE'.");
            return WhyPolicy.Run(terminal, file, parsed.GetValue(service), parsed.GetValue(sets) ?? []);
        });
        return command;
    }
}
