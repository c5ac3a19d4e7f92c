namespace Mesh.Runtime.Model;

/// <summary>Who may call the service.</summary>
public sealed record AuthorizationConfig;
