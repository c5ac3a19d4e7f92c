using System.CommandLine;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab validate FILE…</c>: tells every error and warning, and runs nothing.</summary>
internal static class ValidateCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE") { Description = "Scenarios, or Istio isotope service graphs.", Arity = ArgumentArity.OneOrMore };
        var sets = new Option<string[]>("--set") { Description = "Replaces a value of the file." };
        var command = new Command("validate", "Tell every error and warning of scenarios, with line and column.") { files, sets };
        command.SetAction(parsed =>
        {
            bool wrong = false;
            foreach (string file in parsed.GetValue(files) ?? [])
            {
                var problems = new Problems();
                var overrides = (parsed.GetValue(sets) ?? []).Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
                var scenario = ScenarioSource.Load(file, overrides, new ImportOptions(), problems);
                ProblemView.Write(terminal, problems.Sorted());
                wrong |= scenario is null || problems.HasErrors;
                int warnings = problems.All.Count(problem => problem.Severity == Severity.Warning);
                if (scenario is not null && !problems.HasErrors) terminal.Output.WriteLine($"{file}: right, with {(warnings == 1 ? "1 warning" : $"{warnings} warnings")}.");
            }
            return wrong ? ExitCode.WrongInput : ExitCode.Passed;
        });
        return command;
    }
}
