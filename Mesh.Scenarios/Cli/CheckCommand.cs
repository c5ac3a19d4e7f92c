using System.CommandLine;
using System.Text.Json;
using Mesh.Scenarios.Running.Live;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab check</c>: is this machine fit for live runs, and what to do where it is not.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON document, and nothing else, on standard output." };
        var command = new Command("check", "Say whether this machine is fit for live runs, and what to do where it is not.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json), terminal));
        return command;
    }

    private static int Run(bool json, Terminal terminal)
    {
        MachineFact[] facts = [.. MachineCheck.Facts()];
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(facts.Select(fact => new { name = fact.Name, fitness = fact.Fitness.ToString().ToLowerInvariant(), found = fact.Found, remedy = fact.Remedy })));
        else facts.ToList().ForEach(fact => Write(fact, terminal));
        return facts.Any(fact => fact.Fitness == Fitness.Unfit) ? ExitCode.ExpectationFailed : ExitCode.Passed;
    }

    private static void Write(MachineFact fact, Terminal terminal)
    {
        string mark = fact.Fitness switch { Fitness.Good => "[green]✓[/]", Fitness.Limited => "[yellow]![/]", _ => "[red]✗[/]" };
        terminal.Results.MarkupLine($"{mark} {fact.Name,-13} {Markup.Escape(fact.Found)}");
        if (fact.Remedy.Length > 0) terminal.Results.MarkupLine($"                {Markup.Escape(fact.Remedy)}");
    }
}
