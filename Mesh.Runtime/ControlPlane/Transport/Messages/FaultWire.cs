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
    /// <param name="fault">The fault.</param>
    /// <param name="order">What it is.</param>
    /// <param name="now">The time in ticks.</param>
    public static LeasedFault Read(Wire.Fault fault, FaultOrder order, long now) =>
        new(order, TimeSpan.FromTicks(fault.LeaseTicks), now, now + Math.Clamp(fault.LeftTicks, 0, FaultLeases.MaxLife.Ticks));

    /// <summary>What a fault is, without its lease.</summary>
    /// <exception cref="System.Text.Json.JsonException">Its configuration does not read.</exception>
    public static FaultOrder ReadOrder(Wire.Fault fault, string service) => new(
        fault.Id.ToText(), ConfigJson.Read<FaultConfig>(fault.Config), service,
        fault.HasVersion ? fault.Version.ToText() : null, fault.HasZone ? fault.Zone.ToText() : null, fault.By.ToText());

    /// <summary>Whether both are the same fault, be it with another lease.</summary>
    public static bool IsSame(Wire.Fault one, Wire.Fault other) =>
        one.Id == other.Id && one.Config == other.Config && one.By == other.By && one.HasVersion == other.HasVersion && one.Version == other.Version && one.HasZone == other.HasZone && one.Zone == other.Zone;
}
