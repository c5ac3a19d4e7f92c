using Mesh.Runtime.Faults;

namespace Mesh.Scenarios.Running.Live;

/// <summary>A fault of the scenario, put in force once.</summary>
/// <param name="Number">Its own number; no other injection of the world has it.</param>
/// <param name="Fault">The fault's number in the scenario.</param>
/// <param name="Span">When it is in force.</param>
/// <param name="Endpoints">The endpoints that it is bound to; <c>null</c> for all.</param>
internal sealed record Injection(int Number, int Fault, FaultSpan Span, IReadOnlyList<int>? Endpoints);

/// <summary>Puts the scenario's faults in force on something of this process, and out of force again.</summary>
internal interface IFaultDesk
{
    /// <summary>Puts it in force.</summary>
    void Begin(Injection injection);

    /// <summary>Takes it out of force, if it is; what it did.</summary>
    FaultCount End(int injection);
}
