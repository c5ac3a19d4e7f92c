namespace Mesh.Conformance.Tests;

/// <summary>
/// The decision traces as they should be, one file a policy: what makes a change of the mesh's decisions show, though it shows in both worlds alike.
/// With <c>MESHLAB_GOLDEN=write</c> in the environment the cases that run write theirs anew, from the virtual world.
/// </summary>
internal static class Golden
{
    private const string Rule = "=== ";

    public static string Root { get; } = FindRoot();

    private static bool IsWritten => Environment.GetEnvironmentVariable("MESHLAB_GOLDEN") == "write";

    /// <summary>The trace of a case as it should be; empty where there is none.</summary>
    public static string Of(Behaviour behaviour, CasePolicy policy) => Read(policy).GetValueOrDefault(behaviour.Name, "");

    /// <summary>The same, once what the virtual world says now has been written where that is asked for. One case of a policy at a time.</summary>
    public static string Of(Behaviour behaviour, CasePolicy policy, string now)
    {
        var traces = Read(policy);
        if (!IsWritten) return traces.GetValueOrDefault(behaviour.Name, "");
        traces[behaviour.Name] = now;
        File.WriteAllText(PathOf(policy), string.Concat(Behaviours.All.Where(known => traces.ContainsKey(known.Name)).Select(known => $"{Rule}{known.Name}\n{traces[known.Name]}")));
        return now;
    }

    private static Dictionary<string, string> Read(CasePolicy policy)
    {
        string path = PathOf(policy);
        if (!File.Exists(path)) return [];
        return File.ReadAllText(path).Split(Rule, StringSplitOptions.RemoveEmptyEntries).Select(section => section.Split('\n', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    private static string PathOf(CasePolicy policy) => Path.Combine(Root, "tests", "Mesh.Conformance.Tests", "Golden", $"{policy.Name}.txt");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MeshLab.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No MeshLab.sln above {AppContext.BaseDirectory}.");
    }
}
