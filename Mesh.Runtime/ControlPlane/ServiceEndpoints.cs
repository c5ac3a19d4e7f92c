using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>All endpoints that a service has now.</summary>
/// <param name="ServiceId">The service's id.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Endpoints">Its endpoints; none is allowed.</param>
public sealed record ServiceEndpoints(int ServiceId, string Service, IReadOnlyList<Endpoint> Endpoints);
