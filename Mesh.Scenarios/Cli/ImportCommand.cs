using System.CommandLine;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab import [isotope] FILE</c>: a service graph as a scenario.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("import", "Turn an Istio isotope service graph into a scenario.");
        Fill(command, terminal);
        // The format is told by the file; its name may stand there too.
        var isotope = new Command("isotope", "Turn an Istio isotope service graph into a scenario.");
        Fill(isotope, terminal);
        command.Add(isotope);
        return command;
    }

    private static void Fill(Command command, Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The service graph." };
        var output = new Option<string>("--output", "-o") { Description = "Writes the scenario into this file. Default: standard output." };
        var import = new ImportArguments();
        foreach (var option in (Option[])[output, import.Rate, import.Duration, import.ServiceTime, import.Policy]) command.Add(option);
        command.Add(file);
        command.SetAction(parsed =>
        {
            var problems = new Problems();
            string? text = Convert(parsed.GetValue(file)!, import.Read(parsed), problems);
            ProblemView.Write(terminal, problems.Sorted());
            if (text is null) return ExitCode.WrongInput;
            if (parsed.GetValue(output) is { } path) File.WriteAllText(path, text);
            else terminal.Output.Write(text);
            return ExitCode.Passed;
        });
    }

    private static string? Convert(string file, ImportOptions options, Problems problems)
    {
        if (YamlFile.ReadText(file, problems) is not { } text || YamlTree.Parse(text, file, problems) is not { } root) return null;
        if (!IsotopeImport.Recognises(root))
        {
            problems.Error(root.Place, "", "this is not an isotope service graph: such a file has a list of 'services', each with a 'name'.");
            return null;
        }
        if (IsotopeImport.Import(root, Path.GetFileNameWithoutExtension(file), options, problems) is not { } imported) return null;
        return YamlWriter.Write(imported.Scenario, [$"Imported from {Path.GetFileName(file)}. Assumed, because the graph does not say:", .. imported.Assumptions.Select(assumption => $"- {assumption}")]);
    }
}
