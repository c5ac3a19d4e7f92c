using System.CommandLine;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab generate</c>: a mesh of any size, for tests of scale.</summary>
internal static class GenerateCommand
{
    public static Command Create(Terminal terminal)
    {
        var services = Number("--services", "Services.", 100, 1, 100_000);
        var replicas = Number("--replicas", "Replicas of each service.", 3, 1, 1000);
        var depth = Number("--depth", "Layers of services, the entry included.", 5, 2, 50);
        var fanOut = Number("--fan-out", "Calls that a service makes for a request, on average.", 3, 1, 100);
        var seed = new Option<ulong>("--seed") { Description = "The graph's seed: the same seed makes the same graph. Default 1.", DefaultValueFactory = _ => 1 };
        var rate = new Option<string>("--rate") { Description = "Requests per second that enter. Default 100/s.", DefaultValueFactory = _ => "100/s" };
        var duration = new Option<string>("--duration") { Description = "Virtual time of the run. Default 30s.", DefaultValueFactory = _ => "30s" };
        var output = new Option<string>("--output", "-o") { Description = "Writes the scenario into this file. Default: standard output." };
        var command = new Command("generate", "Print a scenario with a random layered mesh, for tests of scale.") { services, replicas, depth, fanOut, seed, rate, duration, output };
        command.SetAction(parsed =>
        {
            var options = new GeneratorOptions
            {
                Services = parsed.GetValue(services), Replicas = parsed.GetValue(replicas), Depth = parsed.GetValue(depth), FanOut = parsed.GetValue(fanOut),
                Seed = parsed.GetValue(seed), Rate = parsed.GetValue(rate)!, Duration = parsed.GetValue(duration)!,
            };
            string text = YamlWriter.Write(GraphGenerator.Generate(options),
                [$"Generated: meshlab generate --services {options.Services} --replicas {options.Replicas} --depth {options.Depth} --fan-out {options.FanOut} --seed {options.Seed}"]);
            if (parsed.GetValue(output) is { } path) File.WriteAllText(path, text);
            else terminal.Output.Write(text);
            return ExitCode.Passed;
        });
        return command;
    }

    private static Option<int> Number(string name, string meaning, int standard, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{meaning} Default {standard}.", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most)) result.AddError($"{name} {value} is outside the range; write a whole number from {least} to {most}.");
        });
        return option;
    }
}
