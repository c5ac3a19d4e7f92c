using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Import;

/// <summary>All that a scenario is read from: who reads the same has the same scenario, in whatever process, and whatever has become of the file.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Text">What it held.</param>
/// <param name="Overrides">Values that replace the file's.</param>
/// <param name="Options">What a service graph does not say.</param>
internal sealed record ScenarioText(string File, string Text, IReadOnlyList<Override> Overrides, ImportOptions Options)
{
    /// <summary>The scenario, or <c>null</c> after telling its problems.</summary>
    public ScenarioFile? Read(Problems problems) => ScenarioSource.Read(this, problems) is { } scenario ? scenario with { Written = this } : null;
}
