namespace Mesh.Scenarios.Tests;

/// <summary>The files of the checkout that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>A file by its path from the root.</summary>
    public static string Path(string file) => System.IO.Path.Combine(Root, file);

    /// <summary>All bundled scenarios, by their paths from the root.</summary>
    public static IEnumerable<string> Scenarios() =>
        Directory.EnumerateFiles(Path("scenarios"), "*.yaml", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal);

    /// <summary>One of Istio's service graphs; the test is skipped where they are not there.</summary>
    public static string Isotope(string file)
    {
        string path = System.IO.Path.Combine(Root, "..", "shared", "corpus", "istio-tools", file);
        Skip.IfNot(File.Exists(path), $"the service graph {file} is not at ../shared/corpus/istio-tools beside this checkout");
        return path;
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "MeshLab.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
    }
}
