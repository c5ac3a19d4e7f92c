using System.Collections.Concurrent;
using System.Globalization;

namespace Mesh.Runtime.Faults;

/// <summary>Delays as texts, so that a fault can be told to another process. The composition root names the forms that it uses; a fixed time is there from the beginning.</summary>
public static class FaultDelays
{
    private const string Fixed = "fixed";
    private static readonly ConcurrentDictionary<string, Form> Forms = new(StringComparer.Ordinal)
    {
        [Fixed] = new(typeof(FixedDelay), static delay => ((FixedDelay)delay).Time.Ticks.ToString(CultureInfo.InvariantCulture), static text => new FixedDelay(TimeSpan.FromTicks(long.Parse(text, CultureInfo.InvariantCulture)))),
    };

    /// <summary>Names a form. A second time with the same name replaces it.</summary>
    /// <param name="form">Its name on the wire.</param>
    /// <param name="write">The text of a delay.</param>
    /// <param name="read">The delay of a text; a <see cref="FormatException"/> where it is none.</param>
    /// <typeparam name="T">The delays that have it.</typeparam>
    public static void Register<T>(string form, Func<T, string> write, Func<string, T> read)
        where T : IFaultDelay => Forms[form] = new Form(typeof(T), delay => write((T)delay), text => read(text));

    /// <summary>The form of a delay, and its text.</summary>
    /// <exception cref="InvalidOperationException">Nobody has named a form for it.</exception>
    internal static (string Form, string Text) Write(IFaultDelay delay)
    {
        foreach (var (name, form) in Forms)
            if (form.Type == delay.GetType()) return (name, form.Write(delay));
        throw new InvalidOperationException($"a delay of the kind {delay.GetType().Name} cannot be told to another process: no form was named for it.");
    }

    /// <summary>The delay of a text.</summary>
    /// <exception cref="FormatException">It is none, or of a form that is not known here.</exception>
    internal static IFaultDelay Read(string form, string text)
    {
        if (!Forms.TryGetValue(form, out var known)) throw new FormatException($"'{form}' is not a form of a delay; known are {string.Join(", ", Forms.Keys.Order(StringComparer.Ordinal))}.");
        try
        {
            return known.Read(text);
        }
        catch (Exception e) when (e is not FormatException)
        {
            throw new FormatException($"'{text}' is not a delay of the form '{form}': {e.Message}", e);
        }
    }

    private sealed record Form(Type Type, Func<IFaultDelay, string> Write, Func<string, IFaultDelay> Read);
}
