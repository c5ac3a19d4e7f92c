using System.CommandLine;
using Mesh.Scenarios.Language;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab schema</c>: the language for editors, or its tables for people.</summary>
internal static class SchemaCommand
{
    public static Command Create(Terminal terminal)
    {
        var markdown = new Option<bool>("--markdown") { Description = "Prints the tables of keys instead, in Markdown." };
        var command = new Command("schema", "Print the JSON Schema of scenario files (draft 2020-12).") { markdown };
        command.SetAction(parsed => terminal.Output.WriteLine((parsed.GetValue(markdown) ? LanguageDescription.Markdown() : LanguageDescription.JsonSchema()).TrimEnd()));
        return command;
    }
}
