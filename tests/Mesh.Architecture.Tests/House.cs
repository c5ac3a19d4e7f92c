using System.Xml.Linq;

namespace Mesh.Architecture.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class House
{
    /// <summary>Each product room and the rooms that it may know. A room that is not here has no place in the house.</summary>
    public static readonly SortedDictionary<string, string[]> Rooms = new(StringComparer.Ordinal)
    {
        ["Mesh.Runtime"] = [],
        ["Mesh.Simulator"] = ["Mesh.Runtime"],
        ["Mesh.Reports"] = ["Mesh.Runtime"],
        ["Mesh.Scenarios"] = ["Mesh.Runtime", "Mesh.Simulator", "Mesh.Reports"],
    };

    public static string Root { get; } = FindRoot();

    /// <summary>All projects, product rooms, tests and benchmarks.</summary>
    public static IEnumerable<string> Projects() => Files(Root, "*.csproj");

    public static XDocument Project(string room) => XDocument.Load(Path.Combine(Root, room, $"{room}.csproj"));

    public static XDocument Properties(string file) => XDocument.Load(Path.Combine(Root, file));

    /// <summary>The C# files of a room that people wrote.</summary>
    public static IEnumerable<string> Sources(string room) => Files(Path.Combine(Root, room), "*.cs");

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(path => !Relative(path).Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MeshLab.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No MeshLab.sln above {AppContext.BaseDirectory}.");
    }
}
