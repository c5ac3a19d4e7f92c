namespace Mesh.Runtime.Model;

/// <summary>Where a copy of requests goes.</summary>
public sealed record MirrorConfig;
