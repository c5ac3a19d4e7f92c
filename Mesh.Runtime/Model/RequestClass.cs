namespace Mesh.Runtime.Model;

/// <summary>
/// What telemetry groups requests by: one path of one service. The set is closed before a run starts,
/// so its size bounds the run record's size.
/// </summary>
/// <param name="Id">Dense index, from 0: with a path that is not in the closed set, that of the service's catch-all class (<see cref="MeshDirectory.CloseClasses"/>). -1 where the service is not known either.</param>
/// <param name="ServiceId">Index of the called service in <see cref="MeshDirectory.Services"/>, or -1.</param>
/// <param name="Service">The called service's name.</param>
/// <param name="Path">The path, <c>/checkout</c>.</param>
public sealed record RequestClass(int Id, int ServiceId, string Service, string Path);
