using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Where copies go.</summary>
internal static class MirrorSection
{
    /// <summary>Where copies go.</summary>
    public static readonly Section<MirrorConfig> Mirror = new("mirror", "a mirror such as {version: v2, percent: 10%}", () => new MirrorConfig())
    {
    };
}
