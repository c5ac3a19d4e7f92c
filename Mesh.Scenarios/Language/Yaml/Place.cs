namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Where something was written: a line and column of a file, or an argument of the command line (then without a line).</summary>
/// <param name="Source">The file as the user named it, or the argument.</param>
/// <param name="Line">From 1; 0 where there are no lines.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct Place(string Source, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}
