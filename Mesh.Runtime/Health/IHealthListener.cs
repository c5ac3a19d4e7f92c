using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>Told what the health decisions of one proxy for one service change.</summary>
internal interface IHealthListener
{
    /// <summary>Requests are kept away from an endpoint.</summary>
    /// <param name="endpoint">Its id.</param>
    /// <param name="reason">Why.</param>
    /// <param name="atLeast">For how long at least, in ticks.</param>
    void Ejected(int endpoint, EjectionReason reason, long atLeast);

    /// <summary>Requests go to an endpoint again, or it left the mesh while it was ejected.</summary>
    /// <param name="endpoint">Its id.</param>
    /// <param name="away">How long it was kept away, in ticks.</param>
    void Readmitted(int endpoint, long away);
}
