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
            var (word, colour) = problem.Severity == Severity.Error ? ("error", "red") : ("warning", "yellow");
            if (terminal.IsLive) terminal.Progress.MarkupLine($"[{colour}]{word}[/] {Markup.Escape(problem.ToString())}");
            else terminal.Error.WriteLine($"{word} {problem}");
        }
    }
}
