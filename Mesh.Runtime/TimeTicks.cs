namespace Mesh.Runtime;

/// <summary>The mesh's own unit of time.</summary>
internal static class TimeTicks
{
    /// <summary>Ticks of 100 ns since the time provider's origin.</summary>
    public static long Ticks(this TimeProvider time) =>
        time.TimestampFrequency == TimeSpan.TicksPerSecond ? time.GetTimestamp() : time.GetElapsedTime(0, time.GetTimestamp()).Ticks;
}
