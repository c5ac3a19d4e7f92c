using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>Decisions as they lie in memory. Both ends of a pipe are the same program on the same machine.</summary>
internal static class EventBytes
{
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<MeshEvent> events) => MemoryMarshal.AsBytes(events);

    /// <exception cref="InvalidDataException">They are not whole.</exception>
    public static ReadOnlySpan<MeshEvent> Read(ReadOnlySpan<byte> bytes) => bytes.Length % Unsafe.SizeOf<MeshEvent>() == 0
        ? MemoryMarshal.Cast<byte, MeshEvent>(bytes)
        : throw new InvalidDataException($"{bytes.Length} bytes are no whole number of decisions, of {Unsafe.SizeOf<MeshEvent>()} bytes each.");
}
