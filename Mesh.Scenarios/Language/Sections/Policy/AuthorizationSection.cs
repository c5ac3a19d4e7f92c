using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Who may call.</summary>
internal static class AuthorizationSection
{
    /// <summary>Who may call.</summary>
    public static readonly Section<AuthorizationConfig> Authorization = new("authorization", "an authorization such as {allow: [{principals: [shop]}]}", () => new AuthorizationConfig())
    {
    };
}
