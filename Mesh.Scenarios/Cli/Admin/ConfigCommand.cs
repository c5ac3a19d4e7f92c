using System.CommandLine;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab config</c>: the desired configuration of a live mesh.</summary>
internal static class ConfigCommand
{
    private const string Where = "/v1/configuration";

    public static Command Create(Terminal terminal, CancellationToken cancellation) => new("config", "Show and change a live mesh's desired configuration.")
    {
        Get(terminal, cancellation),
        Diff(terminal, cancellation),
        Apply(terminal, cancellation),
        Delete(terminal, cancellation),
    };

    private static Command Get(Terminal terminal, CancellationToken cancellation)
    {
        var name = new Argument<string?>("NAME") { Description = "One file of it. Default: all.", Arity = ArgumentArity.ZeroOrOne };
        return AdminCommand.Asking(new Command("get", "Print the configuration in force.") { name }, terminal, cancellation, async (parsed, client, json) =>
        {
            var files = await client.GetAsync<IReadOnlyList<ConfigurationFile>>(Where, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(name) is { } one && (files = [.. files.Where(file => file.Name == one)]).Count == 0) throw new InputException($"the configuration has no file '{one}'.");
            if (json) return AdminCommand.Json(terminal, files);
            foreach (var file in files)
            {
                if (parsed.GetValue(name) is null) terminal.Output.WriteLine($"# {file.Name}");
                terminal.Output.WriteLine(file.Text.TrimEnd());
            }
            return ExitCode.Passed;
        });
    }

    private static Command Diff(Terminal terminal, CancellationToken cancellation)
    {
        var file = new Argument<string>("FILE") { Description = "The file as it should be." };
        return AdminCommand.Asking(new Command("diff", "Say how a file differs from the one in force, and what that would change. Ends with 1 where they differ.") { file }, terminal, cancellation, async (parsed, client, json) =>
        {
            var (name, text) = Read(parsed.GetValue(file)!);
            var files = await client.GetAsync<IReadOnlyList<ConfigurationFile>>(Where, cancellation).ConfigureAwait(false);
            string before = files.FirstOrDefault(one => one.Name == name)?.Text ?? "";
            var answer = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Put, $"{Where}?dryRun=true", new ConfigurationChange(name, text), cancellation).ConfigureAwait(false);
            string[] lines = [.. LineDiff.Between(before, text)];
            if (json) AdminCommand.Json(terminal, new { name, differs = lines.Length > 0, changes = answer.Notes, diff = lines });
            else Array.ForEach([.. lines, .. answer.Notes.Select(note => $"# {note}")], terminal.Output.WriteLine);
            return lines.Length == 0 ? ExitCode.Passed : ExitCode.ExpectationFailed;
        });
    }

    private static Command Apply(Terminal terminal, CancellationToken cancellation)
    {
        var file = new Argument<string>("FILE") { Description = "The file: it replaces the one of its name, or is added." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only says what would be wrong, and what would change." };
        return AdminCommand.Asking(new Command("apply", "Put a file of the configuration in force.") { file, dryRun }, terminal, cancellation, async (parsed, client, json) =>
        {
            var (name, text) = Read(parsed.GetValue(file)!);
            bool dry = parsed.GetValue(dryRun);
            var answer = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Put, $"{Where}?dryRun={(dry ? "true" : "false")}", new ConfigurationChange(name, text), cancellation).ConfigureAwait(false);
            return Print(answer, dry ? $"{name} is right" : $"{name} is in force", json, terminal);
        });
    }

    private static Command Delete(Terminal terminal, CancellationToken cancellation)
    {
        var name = new Argument<string>("NAME") { Description = "The file." };
        return AdminCommand.Asking(new Command("delete", "Take a file out of the configuration.") { name }, terminal, cancellation, async (parsed, client, json) =>
        {
            var answer = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Put, Where, new ConfigurationChange(parsed.GetValue(name)!, null), cancellation).ConfigureAwait(false);
            return Print(answer, $"{answer.Id} is gone", json, terminal);
        });
    }

    private static int Print(ChangeAnswer answer, string done, bool json, Terminal terminal)
    {
        if (json) return AdminCommand.Json(terminal, answer);
        terminal.Output.WriteLine(answer.Notes.Count == 0 ? $"{done}; nothing changes" : done);
        foreach (string note in answer.Notes) terminal.Output.WriteLine($"  {note}");
        return ExitCode.Passed;
    }

    private static (string Name, string Text) Read(string file)
    {
        var problems = new Problems();
        string? text = YamlFile.ReadText(file, problems);
        return text is null ? throw new InputException(problems.All[0].ToString()) : (Path.GetFileName(file), text);
    }
}
