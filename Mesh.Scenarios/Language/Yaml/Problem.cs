namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Whether a problem keeps a scenario from running.</summary>
internal enum Severity
{
    /// <summary>It does.</summary>
    Error,
    /// <summary>It does not, but its author will want to know.</summary>
    Warning,
}

/// <summary>Something to tell the author of a file: where, what was given, the rule, and what is allowed.</summary>
/// <param name="Severity">Error or warning.</param>
/// <param name="Place">Where.</param>
/// <param name="Path">The key's path, <c>mesh.services.payments.timeout</c>; empty for the file as a whole.</param>
/// <param name="Message">What was given, the rule, and what is allowed.</param>
internal sealed record Problem(Severity Severity, Place Place, string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? $"{Place}: {Message}" : $"{Place}: {Path}: {Message}";
}

/// <summary>Collects problems, so that all are told at once.</summary>
internal sealed class Problems
{
    private readonly List<Problem> _all = [];
    private readonly HashSet<Problem> _seen = [];

    public IReadOnlyList<Problem> All => _all;

    public bool HasErrors => _all.Exists(problem => problem.Severity == Severity.Error);

    public void Error(Place place, string path, string message) => Add(new Problem(Severity.Error, place, path, message));

    public void Warn(Place place, string path, string message) => Add(new Problem(Severity.Warning, place, path, message));

    /// <summary>In the order of the file; those without a line come last.</summary>
    public IReadOnlyList<Problem> Sorted() =>
        [.. _all.OrderBy(problem => problem.Severity).ThenBy(problem => problem.Place.Line == 0).ThenBy(problem => problem.Place.Line).ThenBy(problem => problem.Place.Column)];

    // A value reached through two aliases would otherwise be reported twice.
    private void Add(Problem problem)
    {
        if (_seen.Add(problem)) _all.Add(problem);
    }
}
