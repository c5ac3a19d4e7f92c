using Mesh.Runtime.ControlPlane.Admin;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>Where a control plane keeps its state, and where its commands look for it.</summary>
internal static class StatePlaces
{
    /// <summary>The control plane's address.</summary>
    public const string UrlVariable = "MESHLAB_CONTROL_PLANE";

    /// <summary>The file of the token.</summary>
    public const string TokenVariable = "MESHLAB_TOKEN_FILE";

    private const string StateVariable = "MESHLAB_STATE";

    /// <summary>The address where nobody names another.</summary>
    public static string DefaultUrl => Environment.GetEnvironmentVariable(UrlVariable) is { Length: > 0 } url ? url : $"http://127.0.0.1:{AdminOptions.DefaultPort}";

    /// <summary>The state directory where nobody names another: <c>MESHLAB_STATE</c>, or <c>meshlab</c> among the user's state (XDG).</summary>
    public static string DefaultState => Environment.GetEnvironmentVariable(StateVariable) is { Length: > 0 } chosen ? chosen
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } home ? home : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "meshlab");

    /// <summary>The token's file where nobody names another.</summary>
    public static string DefaultTokenFile => Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } chosen ? chosen : Path.Combine(DefaultState, AdminToken.FileName);
}
