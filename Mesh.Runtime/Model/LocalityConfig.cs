namespace Mesh.Runtime.Model;

/// <summary>Which zones and priorities a pick may go to.</summary>
public sealed record LocalityConfig;
