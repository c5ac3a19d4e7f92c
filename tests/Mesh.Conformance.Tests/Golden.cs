using System.Text;

namespace Mesh.Conformance.Tests;

/// <summary>
/// The decision traces as they should be, one file a policy: what makes a change of the mesh's decisions show, though it shows in both worlds alike.
/// <c>MESHLAB_GOLDEN=write</c> in the environment writes them anew from the virtual world.
/// </summary>
internal static class Golden
{
    private const string Rule = "=== ";

    public static string Root { get; } = FindRoot();

    /// <summary>The trace of a case; empty where there is none.</summary>
    public static string Of(Behaviour behaviour, CasePolicy policy)
    {
        string path = PathOf(policy);
        if (!File.Exists(path)) return "";
        var sections = File.ReadAllText(path).Split(Rule, StringSplitOptions.RemoveEmptyEntries);
        return sections.FirstOrDefault(section => section.StartsWith($"{behaviour.Name}\n", StringComparison.Ordinal))?[(behaviour.Name.Length + 1)..] ?? "";
    }

    public static void WriteIfAsked()
    {
        if (Environment.GetEnvironmentVariable("MESHLAB_GOLDEN") != "write") return;
        foreach (var policy in CasePolicies.All)
        {
            var text = new StringBuilder();
            foreach (var behaviour in Behaviours.All) text.Append(Rule).Append(behaviour.Name).Append('\n').Append(Case.Virtual(behaviour, policy).Trace);
            File.WriteAllText(PathOf(policy), text.ToString());
        }
    }

    private static string PathOf(CasePolicy policy) => Path.Combine(Root, "tests", "Mesh.Conformance.Tests", "Golden", $"{policy.Name}.txt");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MeshLab.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No MeshLab.sln above {AppContext.BaseDirectory}.");
    }
}
