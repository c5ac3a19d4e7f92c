using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Faults on the wire, whose leases travel as the time that is left.</summary>
internal static class FaultWire
{
    public static Wire.Fault Write(LeasedFault fault, long now)
    {
        var order = fault.Fault;
        var message = new Wire.Fault
        {
            Id = order.Id.ToWire(), Config = ConfigJson.Write(order.Fault), By = order.By.ToWire(), LeaseTicks = fault.Lease.Ticks, LeftTicks = Math.Max(0, fault.Ends - now),
        };
        if (order.Version is { } version) message.Version = version.ToWire();
        if (order.Zone is { } zone) message.Zone = zone.ToWire();
        return message;
    }

    /// <summary>A fault by this process's clock. No lease is longer than the longest life of a fault, whatever the wire says.</summary>
    /// <exception cref="System.Text.Json.JsonException">Its configuration does not read.</exception>
    public static LeasedFault Read(Wire.Fault fault, string service, long now)
    {
        var order = new FaultOrder(
            fault.Id.ToText(), ConfigJson.Read<FaultConfig>(fault.Config), service,
            fault.HasVersion ? fault.Version.ToText() : null, fault.HasZone ? fault.Zone.ToText() : null, fault.By.ToText());
        return new LeasedFault(order, TimeSpan.FromTicks(fault.LeaseTicks), now, now + Math.Clamp(fault.LeftTicks, 0, FaultLeases.MaxLife.Ticks));
    }
}
