namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>What somebody may do by the admin API. Each role may look at everything.</summary>
public static class AdminRoles
{
    /// <summary>Look at everything, secrets apart.</summary>
    public const string Viewer = "viewer";

    /// <summary>Change the configuration, issue join tokens, replace the root, and stop faults.</summary>
    public const string Operator = "operator";

    /// <summary>Inject, renew and stop faults.</summary>
    public const string Chaos = "chaos";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Viewer, Operator, Chaos];

    /// <summary>The policy of what only looks.</summary>
    internal const string MayLook = "look";

    /// <summary>The policy of changes to the mesh.</summary>
    internal const string MayOperate = "operate";

    /// <summary>The policy of injecting faults.</summary>
    internal const string MayInject = "inject";

    /// <summary>The policy of stopping faults: whoever may inject, and whoever has to keep the mesh up.</summary>
    internal const string MayStop = "stop";
}
