using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Experiments;

/// <summary>
/// A setting and the values it takes: <c>--vary mesh.defaults.loadBalancer=roundRobin,leastRequest</c>.
/// Values are YAML; a comma inside of braces, brackets or quotes separates nothing.
/// </summary>
/// <param name="Path">The key's path, as in <c>--set</c>.</param>
/// <param name="Values">Its values, each once.</param>
internal sealed record Vary(string Path, IReadOnlyList<string> Values)
{
    private static readonly string[] Paired = ["seed", "replications"];

    /// <summary>The last word of the path, which names the variants.</summary>
    public string ShortName => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>From <c>PATH=a,b,c</c>, or <c>null</c> after telling what is wrong with it.</summary>
    public static Vary? Parse(string text, Problems problems)
    {
        var place = new Place($"--vary {text}");
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1)
        {
            problems.Error(place, "", "--vary needs a key's path and its values, such as --vary mesh.defaults.timeout=300ms,500ms.");
            return null;
        }
        string path = text[..equals].Trim();
        var values = Split(text[(equals + 1)..]);
        if (values is null) problems.Error(place, path, "a bracket, brace or quote is not closed; the shell may have eaten one: put the argument in single quotes.");
        else if (values.Contains("")) problems.Error(place, path, "a value is empty; write PATH=a,b,c, or '' in double quotes for an empty text.");
        else if (values.GroupBy(value => value).FirstOrDefault(group => group.Count() > 1) is { Key: var twice }) problems.Error(place, path, $"the value '{twice}' is given twice; each value is one variant.");
        else if (Paired.Contains(path)) problems.Error(place, path, $"variants run on the same seeds, that is what makes them comparable; '{path}' cannot be varied. Use --{path}.");
        else return new Vary(path, values);
        return null;
    }

    /// <summary>The override that puts one of the values into a scenario.</summary>
    public Override With(string value) => new(Path, value, $"--vary {Path}={value}");

    /// <summary>The values between the commas, or <c>null</c> when a bracket is left open.</summary>
    private static List<string>? Split(string text)
    {
        var values = new List<string>();
        int depth = 0, from = 0;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0') quote = c == quote ? '\0' : quote;
            // An apostrophe inside of a word is none that opens a quotation.
            else if (c is '"' or '\'' && (i == 0 || !char.IsLetterOrDigit(text[i - 1]))) quote = c;
            else if (c is '{' or '[') depth++;
            else if (c is '}' or ']') depth--;
            else if (c == ',' && depth == 0) Take(i);
            if (depth < 0) return null;
        }
        Take(text.Length);
        return depth == 0 && quote == '\0' ? values : null;

        void Take(int to)
        {
            values.Add(text[from..to].Trim());
            from = to + 1;
        }
    }
}
