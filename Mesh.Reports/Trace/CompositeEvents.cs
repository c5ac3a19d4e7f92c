using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Trace;

/// <summary>Hands each decision to several listeners, in their order.</summary>
public sealed class CompositeEvents(params IMeshEvents[] listeners) : IMeshEvents
{
    /// <inheritdoc/>
    public void On(in MeshEvent e)
    {
        foreach (var listener in listeners) listener.On(e);
    }
}
