using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Network;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Faults;

/// <summary>What faults act upon.</summary>
internal sealed record FaultWorld(
    EventLoop Loop, KeyedRandom Random, MeshDirectory Directory, IMeshEvents Events, FaultTable Table, Fleet Fleet, VirtualNetwork Network, ControlChannel ControlPlane);

/// <summary>What a fault of the timeline was asked to do, and what it did.</summary>
/// <param name="Name">The fault.</param>
/// <param name="Times">How often it began.</param>
/// <param name="Replicas">The replicas that it hit, by name; none where it hits requests of a whole service, or the network.</param>
/// <param name="Count">Of requests, attempts or messages.</param>
/// <param name="RequestedDelay">Mean of the delay asked for, in seconds; 0 for none.</param>
public sealed record FaultMeasure(string Name, int Times, IReadOnlyList<string> Replicas, FaultCount Count, double RequestedDelay);
