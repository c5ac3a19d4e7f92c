using Mesh.Scenarios.Language.Yaml;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>Problems as people and editors read them: one a line, the place first.</summary>
internal static class ProblemView
{
    public static void Write(Terminal terminal, IEnumerable<Problem> problems)
    {
        foreach (var problem in problems)
        {
            string word = problem.Severity == Severity.Error ? "[red]error[/]" : "[yellow]warning[/]";
            terminal.Progress.Write(new Markup($"{word} ").Overflow(Overflow.Fold));
            terminal.Progress.Write(new Text(problem.ToString()).Overflow(Overflow.Fold));
            terminal.Progress.WriteLine();
        }
    }
}
