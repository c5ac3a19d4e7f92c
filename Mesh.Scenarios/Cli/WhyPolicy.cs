using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab why --policy FILE</c>: each effective setting of each service and route, with its value and its origin.</summary>
internal static class WhyPolicy
{
    public static int Run(Terminal terminal, string file, string? service, IReadOnlyList<string> sets)
    {
        var problems = new Problems();
        var overrides = sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        var scenario = ScenarioSource.Load(file, overrides, new ImportOptions(), problems);
        if (scenario is null || problems.HasErrors)
        {
            ProblemView.Write(terminal, problems.Sorted());
            return ExitCode.WrongInput;
        }
        string[] known = [.. scenario.World.Services.Select(one => one.Name)];
        if (service is not null && !known.Contains(service)) throw new InputException($"{file}: there is no service '{service}'.{Suggest.From(service, known, "Services")}");

        var origins = new PolicyOrigins(scenario);
        foreach (string name in service is null ? known : [service])
        {
            Write(terminal.Output, name, origins.OfService(name));
            foreach (var (route, settings) in origins.OfRoutes(name)) Write(terminal.Output, $"{name}, route {route}", settings);
        }
        return ExitCode.Passed;
    }

    private static void Write(TextWriter output, string title, IReadOnlyList<EffectiveSetting> settings)
    {
        output.WriteLine(title);
        int keys = settings.Max(setting => setting.Key.Length), values = Math.Min(40, settings.Max(setting => setting.Value.Length));
        foreach (var setting in settings) output.WriteLine($"  {setting.Key.PadRight(keys)}  {setting.Value.PadRight(values)}  {setting.Origin}");
        output.WriteLine();
    }
}
