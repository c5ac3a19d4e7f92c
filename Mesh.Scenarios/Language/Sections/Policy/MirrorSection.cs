using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Where copies go.</summary>
internal static class MirrorSection
{
    /// <summary>Where copies go.</summary>
    public static readonly Section<MirrorConfig> Mirror = new Section<MirrorConfig>("mirror", "a mirror such as {version: v2, percent: 10%}", () => new MirrorConfig())
    {
        { "to", Values.Name, (mirror, value) => mirror with { To = value }, "The service that gets the copies. Default the called one itself." },
        { "version", Values.Name, (mirror, value) => mirror with { Version = value }, "The version or subset that gets them. Default any." },
        { "percent", Values.Percent, (mirror, value) => mirror with { Percent = value }, "Share of the requests that is copied. Default 100%." },
    }
    .Check((mirror, map, reading) =>
    {
        if (mirror is { To: null, Version: null }) reading.Error(map, "says nobody to copy to; give 'to' or 'version'.");
    });
}
