namespace Mesh.Runtime.Model;

/// <summary>Requests that are treated in a way of their own.</summary>
public sealed record RouteConfig;
