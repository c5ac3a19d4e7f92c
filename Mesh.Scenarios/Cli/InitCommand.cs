using System.CommandLine;
using System.Reflection;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab init</c>: a first scenario with comments, which passes.</summary>
internal static class InitCommand
{
    private const string DefaultName = "scenario.yaml";

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = $"The file to write. Default: {DefaultName}.", DefaultValueFactory = _ => DefaultName };
        var command = new Command("init", "Write a first scenario, with comments, which passes.") { file };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            if (File.Exists(path) || Directory.Exists(path)) throw new InputException($"{path}: this is there already, and is left as it is; name another file.");
            File.WriteAllText(path, FirstScenario());
            terminal.Output.WriteLine($"{path} is written. Run it with: meshlab run {ReplayCommand.Quote([path])}");
        });
        return command;
    }

    /// <summary>The scenario that is written.</summary>
    public static string FirstScenario()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("first-scenario.yaml") ?? throw new InvalidOperationException("the first scenario is missing from the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
