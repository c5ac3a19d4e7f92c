using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>Where a command writes: results to one stream, everything else to the other.</summary>
internal sealed class Terminal
{
    /// <param name="output">Standard output: results.</param>
    /// <param name="error">Standard error: progress, problems, logs.</param>
    /// <param name="outputIsTerminal">Whether a person reads the results directly.</param>
    /// <param name="errorIsTerminal">Whether a person reads the progress directly.</param>
    public Terminal(TextWriter output, TextWriter error, bool outputIsTerminal = false, bool errorIsTerminal = false)
    {
        Output = output;
        Error = error;
        IsLive = errorIsTerminal;
        Results = Create(output, outputIsTerminal);
        Progress = Create(error, errorIsTerminal);
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Whether progress can be drawn in place.</summary>
    public bool IsLive { get; }

    /// <summary>Standard output, with colours where a person reads it.</summary>
    public IAnsiConsole Results { get; }

    /// <summary>Standard error, with colours where a person reads it.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        // Without a terminal nothing wraps: logs are read by tools.
        if (!isTerminal) console.Profile.Width = 200;
        return console;
    }
}
